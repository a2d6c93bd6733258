import Foundation
import LikenessTLS
import NIOCore
import NIOEmbedded

/// The `openssl s_client` command, connected over a real socket to a `TLSHandler` that the test drives by hand.
final class OpenSSLCommand {
    enum Failure: Error { case socket(Int32), silence }

    let channel = EmbeddedChannel()
    let events = EventRecorder()
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let folder: String
    private var connection: Int32 = -1

    /// Starts the command and accepts its connection.
    init(server: TLSContext, certificates: TestCertificates, _ arguments: [String]) throws {
        self.folder = FileManager.default.temporaryDirectory.appendingPathComponent("likeness-tls-\(UUID())").path
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        let client = try certificates.authority.issue(
            .init(commonName: "client", alternativeNames: ["URI:spiffe://test/reader"], use: .client)
        )
        let files = [
            "ca.pem": certificates.authority.certificatePEM, "client.pem": client.certificatePEM,
            "client.key": client.privateKeyPEM,
        ]
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(self.folder)/\(name)")) }

        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        let port = try Self.listen(on: listener)
        self.process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        self.process.currentDirectoryURL = URL(fileURLWithPath: self.folder)
        self.process.arguments =
            [
                "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", "ca.pem", "-cert", "client.pem",
                "-key",
                "client.key", "-verify_return_error", "-verify_hostname", "localhost",
            ] + arguments
        self.process.standardInput = self.input
        self.process.standardOutput = self.output
        self.process.standardError = self.output
        try self.process.run()
        self.connection = accept(listener, nil, nil)
        guard self.connection >= 0 else { throw Failure.socket(errno) }
        Self.limitWaiting(on: self.connection)
        try self.channel.pipeline.syncOperations.addHandlers([TLSHandler(context: server), self.events])
        self.channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    private static func listen(on listener: Int32) throws -> Int {
        self.limitWaiting(on: listener)
        let isBound = try SocketAddress(ipAddress: "127.0.0.1", port: 0).withSockAddr { address, size in
            bind(listener, address, socklen_t(size)) == 0
        }
        guard isBound, Glibc.listen(listener, 1) == 0 else { throw Failure.socket(errno) }
        // A sockaddr_in: two bytes of family, two of port in network order, four of address, eight of nothing.
        var address = [UInt8](repeating: 0, count: 16)
        var size = socklen_t(address.count)
        let isKnown = address.withUnsafeMutableBytes { bytes in
            getsockname(listener, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, &size) == 0
        }
        guard isKnown else { throw Failure.socket(errno) }
        return Int(address[2]) << 8 | Int(address[3])
    }

    /// A test that waits for what never comes fails instead of hanging.
    private static func limitWaiting(on socket: Int32) {
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Carries ciphertext both ways until the condition holds or the peer has gone.
    func exchange(until isDone: () -> Bool) throws {
        while true {
            while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) { self.send(bytes) }
            if isDone() { return }
            var memory = [UInt8](repeating: 0, count: 65_536)
            let count = recv(self.connection, &memory, memory.count, 0)
            guard count >= 0 else { throw Failure.silence }
            guard count > 0, self.channel.isActive else {
                if self.channel.isActive { self.channel.pipeline.fireChannelInactive() }
                return
            }
            try self.channel.writeInbound(ByteBuffer(bytes: memory[..<count]))
        }
    }

    private func send(_ bytes: ByteBuffer) {
        let all = Array(bytes.readableBytesView)
        var sent = 0
        while sent < all.count {
            let count = all[sent...].withUnsafeBytes {
                Glibc.send(self.connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Types a line, letters like `K` being commands of `s_client`.
    func type(_ line: String) throws { try self.input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8)) }

    /// Ends the connection and the command.
    ///
    /// - Returns: All that the command has printed.
    func finish() throws -> String {
        if self.channel.isActive { self.channel.close(promise: nil) }
        while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) { self.send(bytes) }
        shutdown(self.connection, Int32(SHUT_WR))
        let printed = try self.output.fileHandleForReading.readToEnd() ?? Data()
        self.process.waitUntilExit()
        return String(decoding: printed, as: UTF8.self)
    }

    deinit {
        if self.process.isRunning {
            self.process.terminate()
            self.process.waitUntilExit()
        }
        if self.connection >= 0 { close(self.connection) }
        try? FileManager.default.removeItem(atPath: self.folder)
    }
}
