internal import Foundation
internal import LikenessClient
internal import LikenessInterop
internal import LikenessRPC
internal import Logging

/// Servers in this process and what their clients need, in a folder that is gone afterwards.
struct LoopbackServers {
    private let certificates: InteropCertificates

    static func with(_ body: (LoopbackServers) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("likeness-interop-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let certificates = InteropCertificates(folder: folder)
        try certificates.make()
        try await body(LoopbackServers(certificates: certificates))
    }

    var folder: String { self.certificates.folder }

    /// - Parameter files: The certificates of the folder when `nil`.
    func start(
        port: Int = 0,
        files: InteropServer.Files? = nil,
        observer: (any ServerObserver)? = nil,
        change: (inout RPCServerConfiguration) -> Void = { _ in }
    ) async throws -> InteropServer {
        var configuration = RPCServerConfiguration()
        change(&configuration)
        return try await InteropServer.start(
            host: "127.0.0.1",
            port: port,
            files: files ?? .init(self.certificates),
            configuration: configuration,
            observer: observer,
            logger: Logger(label: "interop") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    func client(ports: [Int]) throws -> LikenessClient {
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: self.certificates.file(name), encoding: .utf8)
        }
        return try LikenessClient(
            configuration: ClientConfiguration(
                endpoints: ports.map { .init(host: "127.0.0.1", port: $0) },
                authorityPEM: text("ca.pem"),
                certificatePEM: text("admin.pem"),
                privateKeyPEM: text("admin.key")
            )
        )
    }
}
