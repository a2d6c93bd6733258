import Foundation
import LikenessClient
import LikenessPostgres
import LikenessTLS
import LikenessTesting
import Testing

/// `likenessd serve`, the program itself, on the test's database.
struct ServedDaemon {
    let process: Int32
    let port: Int
    let authority: CertificateAuthority
    let folder: String
    /// `NAME=VALUE` of all that it was started with.
    let settings: [String]
    private let errors: String

    var log: String { (try? String(contentsOfFile: self.errors, encoding: .utf8)) ?? "" }

    /// Whether a line of the log comes.
    func logs(_ text: String) async throws -> Bool { try await Patience.until { self.log.contains(text) } }

    /// Starts it, waits until it listens, lends it to `body`, and ends it if `body` has not.
    ///
    /// - Parameters:
    ///   - settings: `NAME=VALUE`, beside those that it needs.
    ///   - configuration: A file with further settings.
    ///   - before: What a shell does in the same process first: limits, and other places for standard error.
    /// - Returns: Its exit status, 128 + n if signal n ended it.
    @discardableResult static func run(
        _ settings: [String] = [],
        configuration: String? = nil,
        before: String = "",
        database: ConnectionConfiguration = TestDatabase.current.configuration,
        _ body: (ServedDaemon) async throws -> Void
    ) async throws -> Int32 {
        let socket = try #require(database.endpoints.first?.host)
        return try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let authority = try CertificateAuthority(commonName: "test CA")
            let issued = try authority.issue(
                .init(commonName: "server", alternativeNames: ["DNS:localhost", "IP:127.0.0.1"], use: .server)
            )
            for (name, text) in [
                ("ca.pem", authority.certificatePEM), ("server.pem", issued.certificatePEM),
                ("server.key", issued.privateKeyPEM),
            ] {
                try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(folder)/\(name)")
            }
            let all =
                [
                    "listen=127.0.0.1:0", "tls.certificate_file=\(folder)/server.pem",
                    "tls.key_file=\(folder)/server.key", "tls.client_ca_file=\(folder)/ca.pem",
                    "embedding.provider=none", "roles.admin=URI:spiffe://test/admin",
                    "database.url=host=\(socket) user=\(database.user) dbname=\(database.database)",
                ] + settings
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            process.currentDirectoryURL = URL(filePath: folder)
            process.arguments =
                ["-c", "\(before)\nexec \"$0\" serve \"$@\"", try BuiltProgram("likenessd").path]
                + (configuration.map { ["--config", $0] } ?? []) + all.flatMap { ["--set", $0] }
            // A crash is the program's own affair here, not a backtrace's.
            process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            let errors = "\(folder)/log"
            _ = FileManager.default.createFile(atPath: errors, contents: nil)
            process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
            try process.run()
            let result: Result<Void, any Error>
            do {
                let number = process.processIdentifier
                var port: Int?
                _ = try await Patience.until {
                    port = Self.port(of: number)
                    return port != nil || !process.isRunning
                }
                let daemon = ServedDaemon(
                    process: number,
                    port: try #require(port, "\((try? String(contentsOfFile: errors, encoding: .utf8)) ?? "")"),
                    authority: authority,
                    folder: folder,
                    settings: all,
                    errors: errors
                )
                try await body(daemon)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            if process.isRunning { process.terminate() }
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    process.waitUntilExit()
                    continuation.resume()
                }
            }
            try result.get()
            return process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        }
    }

    /// Where a process listens: its log may be what a test has taken away.
    private static func port(of process: Int32) -> Int? {
        // What another test's server opened while the process began may have been inherited.
        let sockets = Self.sockets(of: "\(process)").subtracting(Self.sockets(of: "self"))
        guard let table = try? String(contentsOfFile: "/proc/\(process)/net/tcp", encoding: .utf8) else { return nil }
        for line in table.split(separator: "\n").dropFirst() {
            let words = line.split(separator: " ")
            // Local address, state (0A: listening) and inode.
            guard words.count > 9, words[3] == "0A", sockets.contains(words[9]) else { continue }
            return words[1].split(separator: ":").last.flatMap { Int($0, radix: 16) }
        }
        return nil
    }

    /// The inodes of a process's sockets.
    private static func sockets(of process: String) -> Set<Substring> {
        let folder = "/proc/\(process)/fd"
        let links = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
        return Set(links.filter { $0.hasPrefix("socket:[") }.map { $0.dropFirst(8).dropLast() })
    }

    /// An administrator.
    func client() throws -> LikenessClient { try ServiceFixture.client(self.authority, port: self.port) }

    /// What `likeness health` says.
    func health() async throws -> BuiltProgram.Run { try await self.likeness(["health", "--timeout", "60"]) }

    /// Runs `likeness` as an administrator.
    func likeness(_ arguments: [String], input: String = "") async throws -> BuiltProgram.Run {
        let file = "\(self.folder)/client.json"
        let issued = try self.authority.issue(
            .init(commonName: "client", alternativeNames: ["URI:spiffe://test/admin"], use: .client)
        )
        try """
        {"endpoint": "127.0.0.1:\(self.port)", "ca_file": "ca.pem", "certificate_file": "client.pem",
         "key_file": "client.key"}
        """.write(toFile: file, atomically: true, encoding: .utf8)
        for (name, text) in [("client.pem", issued.certificatePEM), ("client.key", issued.privateKeyPEM)] {
            try text.write(toFile: "\(self.folder)/\(name)", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(self.folder)/\(name)")
        }
        return try await BuiltProgram("likeness").run(
            arguments,
            environment: ["LIKENESS_CONNECT": file],
            input: input
        )
    }
}
