import LikenessMessages
import LikenessReflection
import Testing

/// Rules that every request of the contract has, read from its descriptors.
@Suite struct RequestRulesTests {
    /// `FieldRules { enum: { defined_only: true } }`, encoded, as a rule of a field or of its items.
    private static let definedOnly: [UInt8] = [0x42, 2, 8, 1]

    @Test func `no request takes a number of an enum that the contract does not name`() throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        var waiting = pool.allServices.flatMap { $0.methods.map(\.input) }
        var seen = Set(waiting)
        var enums: [String] = []
        while let name = waiting.popLast() {
            let message = try #require(pool.message(name))
            for field in message.fields {
                if field.isMessage, seen.insert(field.typeName).inserted { waiting.append(field.typeName) }
                guard field.kind == .enumeration else { continue }
                enums.append("\(name).\(field.name)")
                let options = Array(field.options)
                let hasRule = options.indices.contains { options[$0...].starts(with: Self.definedOnly) }
                #expect(hasRule, "\(name).\(field.name)")
            }
        }
        #expect(enums.contains("likeness.v1.Experience.category") && enums.count >= 9, "\(enums)")
    }
}
