internal import Foundation

/// The folder of `likenessd dev`: everything one development instance owns.
package final class DevelopmentFolder: Sendable {
    package let path: String
    /// Held open and locked while the instance runs.
    private let lock: FileHandle

    package var databaseFolder: String { self.path + "/postgres" }
    package var certificateFolder: String { self.path + "/certificates" }
    /// What `likeness --connect` reads.
    package var clientFile: String { self.path + "/client.json" }

    /// Takes the folder for this process, making it when it is not there.
    ///
    /// - Throws: `ConfigurationError` when another instance has it, or it cannot be made.
    package init(path: String) throws {
        let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
        self.path = absolute
        do {
            try FileManager.default.createDirectory(
                atPath: absolute,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755]
            )
        } catch {
            throw ConfigurationError(["\(absolute): cannot be made: \(error.localizedDescription)"])
        }
        let file = absolute + "/likenessd.lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ConfigurationError(["\(file): cannot be opened"]) }
        self.lock = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = (try? self.lock.readToEnd()).flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) } ?? ""
            let process = holder.trimmingCharacters(in: .whitespacesAndNewlines)
            throw ConfigurationError([
                "\(absolute): another likenessd is running there" + (process.isEmpty ? "" : " (process \(process))")
            ])
        }
        try self.lock.truncate(atOffset: 0)
        try self.lock.write(contentsOf: Data("\(getpid())\n".utf8))
    }

    /// Writes where and how to connect; paths are relative to the folder.
    package func writeClientFile(endpoint: String) throws {
        let text = """
            {
              "endpoint": "\(endpoint)",
              "ca_file": "certificates/ca.pem",
              "certificate_file": "certificates/client.pem",
              "key_file": "certificates/client.key"
            }

            """
        try PrivateFile.write(text, to: self.clientFile, mode: 0o600)
    }

    package func removeClientFile() {
        try? FileManager.default.removeItem(atPath: self.clientFile)
    }
}
