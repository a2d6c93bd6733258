internal import Foundation

/// The folder where `scripts/setup` puts the runtime and the model.
package struct EmbeddingHome: Sendable, Hashable {
    package let path: String

    package init(path: String) { self.path = path }

    /// `LIKENESS_HOME`, or `likeness` in the user's data folder.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let dataHome = value("XDG_DATA_HOME") ?? (value("HOME") ?? NSHomeDirectory()) + "/.local/share"
        self.path = value("LIKENESS_HOME") ?? dataHome + "/likeness"
    }

    package static let modelName = "all-MiniLM-L6-v2-int8"

    var library: String { self.path + "/openvino/libopenvino_c.so" }
    private var modelFolder: String { self.path + "/models/" + Self.modelName }
    var model: String { self.modelFolder + "/model.onnx" }
    var vocabulary: String { self.modelFolder + "/vocab.txt" }
    var manifest: String { self.modelFolder + "/manifest.json" }

    /// Which model is installed, as `scripts/setup-embedding` recorded it.
    package struct Manifest: Decodable, Sendable, Hashable {
        package let name: String
        package let version: String
        package let dimension: Int
        /// The most tokens of a text that the model reads, the two that frame it included.
        package let tokensMax: Int
        /// Of `model.onnx`, in hexadecimal.
        package let modelSHA256: String

        /// Names the model and its version, like `all-MiniLM-L6-v2-int8@1.0.0`.
        package var modelID: String { "\(self.name)@\(self.version)" }

        private enum CodingKeys: String, CodingKey {
            case name, version, dimension
            case tokensMax = "tokens_max"
            case modelSHA256 = "model_sha256"
        }
    }

    /// - Throws: `.unavailable` naming the first file that is missing.
    func checkFiles() throws(EmbeddingError) {
        for file in [self.library, self.model, self.vocabulary, self.manifest]
        where !FileManager.default.isReadableFile(atPath: file) {
            throw .unavailable("\(file) is missing; scripts/setup installs it")
        }
    }

    func readManifest() throws(EmbeddingError) -> Manifest {
        let manifest: Manifest
        do {
            manifest = try JSONDecoder().decode(
                Manifest.self,
                from: Data(contentsOf: URL(fileURLWithPath: self.manifest))
            )
        } catch {
            throw .unavailable("\(self.manifest) cannot be read; scripts/setup installs it: \(error)")
        }
        guard manifest.dimension > 0, manifest.tokensMax > 2 else {
            throw .unavailable("\(self.manifest) has impossible numbers; scripts/setup installs it")
        }
        return manifest
    }

    func readVocabulary() throws(EmbeddingError) -> [UInt8] {
        do { return try [UInt8](Data(contentsOf: URL(fileURLWithPath: self.vocabulary))) } catch {
            throw .unavailable("\(self.vocabulary) cannot be read; scripts/setup installs it: \(error)")
        }
    }
}
