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
        // Others must not be able to hold the lock, nor to lead it elsewhere.
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0, fchmod(descriptor, 0o600) == 0 else {
            throw ConfigurationError(["\(file): cannot be opened: \(String(cString: strerror(errno)))"])
        }
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
    ///
    /// - Parameter host: What the service listens on. Of all addresses a client on this machine takes the loopback.
    package func writeClientFile(host: String, port: Int) throws {
        let loopbacks = ["0.0.0.0": "127.0.0.1", "::": "::1"]
        let address = loopbacks[host] ?? host
        let endpoint = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
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
