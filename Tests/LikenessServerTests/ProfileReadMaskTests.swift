import LikenessMessages
import Testing

@testable import LikenessServer

/// Which fields `read_mask` may name, and what is left of a profile.
@Suite struct ProfileReadMaskTests {
    private static let profile = Profile(
        id: "11111111-2222-4333-8444-555555555555",
        slug: "ada",
        displayName: "Ada",
        experiences: [Experience(title: "Nurse")],
        revision: 7,
        updateTime: ProtobufTimestamp(seconds: 2)
    )

    @Test func `every field of the contract can be asked for, together and by itself`() throws {
        let names = Profile.fieldFacts.map(\.name)
        #expect(try ProfileReadMask(ProtobufFieldMask(paths: names)).apply(to: Self.profile) == Self.profile)
        for field in Profile.fieldFacts {
            var expected = Profile()
            field.copy(from: Self.profile, to: &expected)
            let mask = try ProfileReadMask(ProtobufFieldMask(paths: [field.name, field.name]))
            #expect(mask.apply(to: Self.profile) == expected, "\(field.name)")
        }
    }

    @Test func `no mask, an empty one and a star leave all`() throws {
        for mask in [nil, ProtobufFieldMask(), ProtobufFieldMask(paths: ["*"])] {
            #expect(try ProfileReadMask(mask).apply(to: Self.profile) == Self.profile)
        }
    }

    @Test(arguments: ["", "nope", "experiences.title", "displayName", "attributes", "created_at"])
    func `what is no field is refused with its place`(path: String) {
        let error = #expect(throws: ServiceError.self) {
            try ProfileReadMask(ProtobufFieldMask(paths: ["slug", path]))
        }
        #expect("\(String(describing: error))".contains("read_mask.paths[1]"))
    }

    @Test func `each path that is no field is named, with what was meant`() {
        let error = #expect(throws: ServiceError.self) {
            try ProfileReadMask(ProtobufFieldMask(paths: ["headlin", "slug", "name", "zzzzz"]))
        }
        #expect(
            error?.violations.map { "\($0.field) \($0.message)" } == [
                "read_mask.paths[0] names no field of Profile: \"headlin\"; did you mean headline?",
                "read_mask.paths[2] names no field of Profile: \"name\"; did you mean display_name?",
                "read_mask.paths[3] names no field of Profile: \"zzzzz\"",
            ]
        )
    }
}
