import Foundation
import LikenessClient
import LikenessInterop
import Logging

@testable import LikenessLoad

/// Servers in this process, one if not told otherwise, and a client's view of them.
func withServer(
    count: Int = 1,
    _ body: (ClientConfiguration, [InteropServer]) async throws -> Void
) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/likeness-load-\(UUID().uuidString)"
    let certificates = InteropCertificates(folder: folder)
    try certificates.make()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var servers: [InteropServer] = []
    // The test itself shuts down those after the first.
    func shutDown() async { await servers.first?.shutDown(within: .seconds(2)) }
    do {
        for _ in 0..<count {
            servers.append(
                try await InteropServer.start(
                    host: "127.0.0.1",
                    port: 0,
                    files: .init(certificates),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                )
            )
        }
        let configuration = ClientConfiguration(
            endpoints: servers.map { .init(host: "127.0.0.1", port: $0.port) },
            authorityPEM: try String(contentsOfFile: certificates.file("ca.pem"), encoding: .utf8),
            certificatePEM: try String(contentsOfFile: certificates.file("admin.pem"), encoding: .utf8),
            privateKeyPEM: try String(contentsOfFile: certificates.file("admin.key"), encoding: .utf8)
        )
        try await body(configuration, servers)
        await shutDown()
    } catch {
        await shutDown()
        throw error
    }
}

/// Calls of a method of that service.
func calls(
    _ method: String,
    _ messages: [String],
    _ service: ClientConfiguration,
    _ adjust: (inout CallWorkload) -> Void = { _ in }
) async throws -> Workload {
    let client = try LikenessClient(configuration: service)
    var workload = CallWorkload(
        method: "likeness.interop.v1.InteropService/\(method)",
        messages: try messages.map { try MessageTemplate($0) }
    )
    adjust(&workload)
    do {
        let prepared = try await workload.prepare(client: client)
        await client.close()
        return prepared
    } catch {
        await client.close()
        throw error
    }
}
