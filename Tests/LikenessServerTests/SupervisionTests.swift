import Foundation
import LikenessMessages
import LikenessTesting
import Synchronization
import Testing

@testable import LikenessServer

/// What systemd is told, received as systemd receives it.
@Suite(.freshDatabase) struct SupervisionTests {
    /// The manager's end of NOTIFY_SOCKET.
    private final class Manager: Sendable {
        let path: String
        private let descriptor: Int32
        private let received = Mutex<[String]>([])

        init(_ path: String) throws {
            self.path = path
            self.descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(self.descriptor >= 0 && bound == 0, "\(path): \(errno)")
        }

        deinit { close(self.descriptor) }

        /// Every assignment so far, in order.
        var assignments: [String] {
            var bytes = [UInt8](repeating: 0, count: 8_192)
            while true {
                let count = recv(self.descriptor, &bytes, bytes.count, 0)
                guard count > 0 else { return self.received.withLock { $0 } }
                let text = String(decoding: bytes[..<count], as: UTF8.self)
                self.received.withLock { $0 += text.split(separator: "\n").map(String.init) }
            }
        }

        /// Whether so many of an assignment, or of those that begin so, come.
        func comes(_ beginning: String, times count: Int = 1) async throws -> Bool {
            try await Patience.until { self.count(of: beginning) >= count }
        }

        func count(of beginning: String) -> Int { self.assignments.count { $0.hasPrefix(beginning) } }
    }

    @Test func `a service says that it is ready, lives, reads again and stops`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let manager = try Manager("\(folder)/notify")
            let before = "export NOTIFY_SOCKET=\(manager.path) WATCHDOG_USEC=400000"
            let status = try await ServedDaemon.run(before: before) { (daemon: ServedDaemon) async throws -> Void in
                #expect(try await manager.comes("READY=1"))
                #expect(manager.assignments.first?.hasPrefix("STATUS=starting") == true)
                // Serving, or degraded by what the machine of the test lacks.
                #expect(try await manager.comes("STATUS=", times: 2))
                #expect(try await manager.comes("WATCHDOG=1", times: 4))
                #expect(manager.count(of: "READY=1") == 1)

                kill(daemon.process, SIGHUP)
                #expect(try await manager.comes("READY=1", times: 2))
                let again = manager.assignments.drop { $0 != "RELOADING=1" }
                #expect(again.dropFirst().first?.hasPrefix("MONOTONIC_USEC=") == true, "\(manager.assignments)")
            }
            #expect(status == 0)
            #expect(manager.assignments.last == "STOPPING=1", "\(manager.assignments)")
        }
    }

    @Test func `a service without a manager tells nobody, and signs of life are for the process that is asked`() {
        for environment in [[:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "@"], ["NOTIFY_SOCKET": "relative"]] {
            #expect(ServiceManager(environment: environment) == nil)
        }
        #expect(ServiceManager(environment: ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 107)]) == nil)
        func watchdog(_ time: String, of process: String?) -> Duration? {
            var environment = ["NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": time]
            environment["WATCHDOG_PID"] = process
            return ServiceManager(environment: environment, process: 7)?.watchdogTime
        }
        #expect(watchdog("5000000", of: "7") == .seconds(5) && watchdog("5000000", of: nil) == .seconds(5))
        #expect(watchdog("5000000", of: "8") == nil && watchdog("0", of: "7") == nil && watchdog("x", of: "7") == nil)
        // None reads there: nothing waits, and nothing fails.
        ServiceManager(environment: ["NOTIFY_SOCKET": "/nonexistent/notify"])?.send(["READY=1"])
    }

    @Test func `what has not changed is not told again, and a loop that stands still has no life`() {
        var report = SupervisionReport()
        let well = GetHealthResponse(
            status: .serving,
            components: [ComponentHealth(name: "database", status: .serving)]
        )
        func tell(_ health: GetHealthResponse, stopping: Bool = false, turns: Bool = true) -> [String] {
            report.assignments(health, isStopping: stopping, loopsTurn: turns, wantsLife: true)
        }
        #expect(tell(well) == ["READY=1", "STATUS=SERVING", "WATCHDOG=1"])
        #expect(tell(well) == ["WATCHDOG=1"])
        #expect(tell(well, turns: false) == ["STATUS=an event loop stands still"])
        #expect(tell(well, turns: false) == [])
        let ill = GetHealthResponse(
            status: .notServing,
            components: [ComponentHealth(name: "database", status: .notServing, message: "does not\nanswer")]
        )
        #expect(tell(ill) == [#"STATUS=NOT_SERVING: database: does not\nanswer"#, "WATCHDOG=1"])
        #expect(
            tell(ill, stopping: true) == ["STOPPING=1", "STATUS=stopping: calls under way are let end", "WATCHDOG=1"]
        )
        #expect(tell(well, stopping: true) == ["WATCHDOG=1"])
    }
}
