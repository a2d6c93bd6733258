internal import CLikenessMessages
internal import CProtobufC
internal import CProtocPlugin
internal import Foundation

/// protoc's plugin protocol: a `CodeGeneratorRequest` on standard input, a `CodeGeneratorResponse` on standard output.
///
/// - SeeAlso: google/protobuf/compiler/plugin.proto.
@main
struct PluginMain {
    static func main() {
        let input = FileHandle.standardInput.readDataToEndOfFile()
        let request = input.withUnsafeBytes { bytes in
            google__protobuf__compiler__code_generator_request__unpack(
                nil,
                bytes.count,
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            )
        }
        guard let request = request else {
            FileHandle.standardError.write(Data("protoc-gen-likeness: not a CodeGeneratorRequest\n".utf8))
            exit(1)
        }
        defer { google__protobuf__compiler__code_generator_request__free_unpacked(request, nil) }
        let result = Result { () throws(SchemaError) in
            let options = try GeneratorOptions(SchemaReader.text(request.pointee.parameter))
            return try Generator.generate(SchemaReader.read(request.pointee), options)
        }
        FileHandle.standardOutput.write(Self.response(result))
    }

    private static func response(_ result: Result<[Generator.File], SchemaError>) -> Data {
        var response = Google__Protobuf__Compiler__CodeGeneratorResponse()
        google__protobuf__compiler__code_generator_response__init(&response)
        // SAFETY: what is duplicated here lives until the process ends, right after the response is written.
        var files: [UnsafeMutablePointer<Google__Protobuf__Compiler__CodeGeneratorResponse__File>?] = []
        switch result {
        case .failure(let error): response.error = strdup(error.message)
        case .success(let generated):
            for file in generated {
                let pointer = UnsafeMutablePointer<Google__Protobuf__Compiler__CodeGeneratorResponse__File>
                    .allocate(capacity: 1)
                google__protobuf__compiler__code_generator_response__file__init(pointer)
                pointer.pointee.name = strdup(file.path)
                pointer.pointee.content = strdup(file.content)
                files.append(pointer)
            }
        }
        return files.withUnsafeMutableBufferPointer { buffer in
            response.n_file = buffer.count
            response.file = buffer.baseAddress
            var data = Data(count: google__protobuf__compiler__code_generator_response__get_packed_size(&response))
            _ = data.withUnsafeMutableBytes { bytes in
                google__protobuf__compiler__code_generator_response__pack(
                    &response,
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                )
            }
            return data
        }
    }
}
