import Foundation
import Testing

@testable import LikenessLoad

private let browser = ["/usr/bin/chromium", "/usr/bin/google-chrome"].first {
    FileManager.default.isExecutableFile(atPath: $0)
}

/// What a browser makes of the page: an error in its script would leave out all that follows.
@Suite(.serialized, .enabled(if: browser != nil, "no browser")) struct ResultPageTests {
    /// The document after its script has run.
    private func drawn(_ page: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.path + "/likeness-page-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try page.write(toFile: folder + "/page.html", atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(browser))
        process.arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000",
            "--user-data-dir=\(folder)/browser", "--dump-dom", "file://\(folder)/page.html",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    private static func second(_ rate: Double, messages: Double? = nil) -> LoadReport.Second {
        .init(
            rate: rate,
            failed: 0,
            errors: [:],
            p50: rate > 0 ? 1 : 0,
            p99: rate > 0 ? 2 : 0,
            max: rate > 0 ? 3 : 0,
            plannedRate: 100,
            messages: messages
        )
    }

    @Test func `a run with steps, streams and errors is drawn to its end`() throws {
        var report = LoadReport.example(failed: 3, seconds: (0..<4).map { _ in Self.second(100, messages: 50) })
        let latency = report.latency
        report.steps = [100.0, 200].enumerated().map { index, rate in
            .init(
                startSeconds: Double(index) * 2,
                seconds: 2,
                plannedRate: rate,
                plannedRateEnd: nil,
                rate: rate,
                calls: 200,
                failed: 0,
                missed: index,
                latency: latency
            )
        }
        report.streams = .init(
            messages: 200,
            rate: 50,
            firstMessage: latency,
            gaps: latency,
            gapHistogram: [.init(upTo: 1, count: 4), .init(upTo: nil, count: 1)],
            roundTrips: latency,
            open: 2
        )
        let page = try self.drawn(HTMLReport.text(report))
        for title in ["Answers a second", "Messages a second", "Between messages", "Round trip", "Errors by status"] {
            #expect(page.contains(">\(title)<"))
        }
        #expect(page.contains(">Steps<") && page.contains(">Run<") && page.contains("class=\"mark\""))
    }

    @Test func `streams without end alone are drawn to the end`() throws {
        var report = LoadReport.example(calls: 0, seconds: (0..<4).map { _ in Self.second(0, messages: 50) })
        report.curve = []
        report.streams = .init(
            messages: 200,
            rate: 50,
            firstMessage: nil,
            gaps: report.latency,
            gapHistogram: [.init(upTo: 1, count: 4)],
            roundTrips: nil,
            open: 2
        )
        let page = try self.drawn(HTMLReport.text(report))
        #expect(page.contains("2 streams were open") && page.contains(">Gap p99<") && page.contains(">Run<"))
        #expect(!page.contains(">Answers a second<"))
    }

    @Test func `a limit is drawn to its end`() throws {
        let report = LimitReport(
            label: "example",
            goal: .init(p99: .milliseconds(20), errorShare: 0),
            connections: 1,
            seconds: 5,
            rate: 100,
            trials: [.init(.example(), missed: nil), .init(.example(p99: 30), missed: "p99 30 ms")],
            warnings: ["a warning"]
        )
        let page = try self.drawn(HTMLReport.text(report))
        #expect(page.contains(">Trials<") && page.contains(">goal 20 ms<") && page.contains("a warning"))
    }
}
