import Foundation
import LikenessReflection
import LikenessTesting

/// The `.proto` files of this folder.
enum TestProtos {
    /// As protoc encodes them, with comments.
    static let fileDescriptorSet = Result {
        try Self.compiled("modern.proto", in: Self.folder.path, "--include_imports", "--include_source_info")
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "proto")

    /// What protoc makes of a file, as an encoded `FileDescriptorSet`.
    static func compiled(_ file: String, in folder: String, _ options: String...) throws -> [UInt8] {
        let output = FileManager.default.temporaryDirectory.appending(path: "likeness-\(UUID().uuidString).bin")
        defer { try? FileManager.default.removeItem(at: output) }
        let protoc = Process()
        protoc.executableURL = URL(filePath: "/usr/bin/env")
        protoc.arguments =
            ["protoc", "-I\(folder)", "-I\(Self.folder.path)", "--descriptor_set_out=\(output.path)"] + options + [file]
        try protoc.run()
        protoc.waitUntilExit()
        return Array(try Data(contentsOf: output))
    }

    static let pool = Result { try DescriptorPool(fileDescriptorSets: [try Self.fileDescriptorSet.get()]) }

    static func type(_ name: String) throws -> MessageDescriptor {
        let pool = try Self.pool.get()
        guard let type = pool.message(name) ?? pool.message("reflection.test.\(name)") else {
            throw Missing(name: name)
        }
        return type
    }

    struct Missing: Error { let name: String }

    /// JSON → binary → JSON.
    static func roundTrip(_ json: String, _ name: String, options: JSONOptions = JSONOptions()) throws -> String {
        let transcoder = JSONTranscoder(pool: try Self.pool.get(), options: options)
        let type = try Self.type(name)
        return try transcoder.json(of: try transcoder.bytes(ofJSON: Array(json.utf8), as: type), as: type).text()
    }

    /// Why a JSON text is refused; `nil` when it is not.
    static func refusal(_ json: String, _ name: String) throws -> String? {
        let transcoder = JSONTranscoder(pool: try Self.pool.get())
        let type = try Self.type(name)
        do throws(TranscodingError) {
            _ = try transcoder.bytes(ofJSON: Array(json.utf8), as: type)
            return nil
        } catch {
            return error.description
        }
    }
}
