import Foundation
import LikenessConsole
import Testing

@testable import LikenessLoad

@Suite struct PresentationTests {
    @Test func `a sparkline's highest reaches the top and nothing lies at the bottom`() {
        #expect(Sparkline.text([0, 1, 2, 4, 7], width: 10) == "▁▂▃▅█")
        #expect(Sparkline.text([9, 0, 7], width: 2) == "▁█")
        #expect(Sparkline.text([0, 0], width: 5) == "▁▁")
        #expect(Sparkline.text([], width: 5) == "")
    }

    @Test(arguments: [
        (0.0, "0 ns"), (999, "999 ns"), (1_234, "1.23 µs"), (45_678, "45.7 µs"), (999_600, "1.00 ms"),
        (123_456_789, "123 ms"),
        (2_500_000_000, "2.50 s"),
    ])
    func `times have three digits and their unit`(nanoseconds: Double, text: String) {
        #expect(Figures.duration(nanoseconds: nanoseconds) == text)
    }

    @Test func `counts are grouped`() {
        #expect([0, 999, 1_000, 1_234_567, -1_234].map(Figures.count) == ["0", "999", "1,000", "1,234,567", "-1,234"])
    }

    @Test func `a small share is not none`() {
        #expect([0, 0.000_001, 0.000_1, 0.5].map(Figures.percent) == ["0%", "under 0.01%", "0.01%", "50.0%"])
    }

    private func progress(seconds: Int) -> LoadProgress {
        var second = LoadRecord.Second()
        for _ in 0..<100 { second.latencies.record(2_000_000) }
        second.answered = 100
        second.errors = ["UNAVAILABLE": 1]
        return LoadProgress(
            nanoseconds: UInt64(seconds) * 1_000_000_000 + 300_000_000,
            isWarmingUp: false,
            answered: seconds * 100,
            failed: 3,
            missed: 0,
            inFlight: 7,
            errors: ["UNAVAILABLE": 2, "INTERNAL": 1],
            seconds: Array(repeating: second, count: seconds)
        )
    }

    @Test func `a terminal shows one block that is drawn again`() {
        var view = LiveView(title: "vector", seconds: 60, isTerminal: true)
        let first = view.update(self.progress(seconds: 5)).text
        #expect(
            first.contains("100/s") && first.contains("2.0") && first.contains("0:55 left") && first.contains("█████")
        )
        #expect(first.contains("3 failed (UNAVAILABLE)") && first.contains("7 under way"))
        let height = first.count { $0 == "\n" }
        #expect(view.update(self.progress(seconds: 6)).text.hasPrefix("\u{1B}[\(height)A"))
        #expect(view.end().text.contains("\u{1B}[J"))
        #expect(view.end().isEmpty)
    }

    @Test(arguments: [12, 24, 40, 80, 200])
    func `no line is longer than the terminal is wide`(columns: Int) {
        var view = LiveView(title: String(repeating: "vector + ", count: 9), seconds: 60, isTerminal: true)
        let text = view.update(self.progress(seconds: 55), columns: columns).text
        let lines = text.replacing(#/\u{1B}\[[0-9]*[A-Za-z]/#, with: "").split(separator: "\n")
        #expect(lines.count == 6 && lines.allSatisfy { $0.count < columns })
    }

    @Test func `without colors the block has none`() {
        var view = LiveView(title: "vector", seconds: 60, isTerminal: true, hasColors: false)
        let text = view.update(self.progress(seconds: 5)).text + view.update(self.progress(seconds: 6)).text
        #expect(!text.contains(#/\u{1B}\[[0-9]+m/#))
        #expect(text.contains("3 failed (UNAVAILABLE)"))
    }

    @Test func `failures have a row once there are some`() {
        var view = LiveView(title: "vector", seconds: 60, isTerminal: true)
        var progress = self.progress(seconds: 5)
        #expect(view.update(progress).text.contains(#/failed +1.00/s █████/#))
        progress.failed = 0
        #expect(!view.update(progress).text.contains(#/failed +1/#))
    }

    @Test func `without an answer there is no latency`() {
        var view = LiveView(title: "vector", seconds: 60, isTerminal: true)
        var progress = self.progress(seconds: 2)
        progress.seconds = Array(repeating: .init(), count: 2)
        let text = view.update(progress).text
        #expect(text.contains(#/p99 +–/#) && !text.contains(" ns"))
    }

    @Test func `a run that ends by its count says when that will be`() {
        var view = LiveView(title: "vector", seconds: 60, count: 2_003, isTerminal: true)
        // 1,000 of them at 100/s.
        #expect(view.update(self.progress(seconds: 10)).text.contains("0:10 left"))
    }

    @Test func `a log gets a plain line every ten seconds`() {
        var view = LiveView(title: "vector", seconds: 60, isTerminal: false)
        let lines = (0...25).map { view.update(self.progress(seconds: $0)).text }.filter { !$0.isEmpty }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { !$0.contains("\u{1B}") && $0.contains("100/s") && $0.hasSuffix("\n") })
        #expect(view.end().isEmpty)
    }

    @Test func `the page holds the report and asks nobody for anything`() throws {
        var report = LoadReport.example(calls: 990, failed: 10)
        report.errorMessages = ["UNAVAILABLE": "</script><script>alert(1)</script>"]
        let page = try HTMLReport.text(report)
        #expect(page.hasPrefix("<!doctype html>"))
        #expect(!page.contains("<script>alert"))
        #expect(page.components(separatedBy: "</script>").count == 3)
        for outside in ["src=", "href=", "@import", "url(", "fetch("] { #expect(!page.contains(outside)) }
        #expect(page.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "").contains("http") == false)
    }

    @Test func `the table of seconds has a column for each status that came`() {
        let second = LoadReport.Second(
            rate: 5,
            failed: 3,
            errors: ["INTERNAL": 1, "UNAVAILABLE": 2],
            p50: 1,
            p99: 2,
            max: 3
        )
        let well = LoadReport.Second(rate: 8, failed: 0, errors: [:], p50: 1, p99: 2, max: 3)
        let lines = CSVReport.text(.example(seconds: [second, well])).split(separator: "\n")
        #expect(lines[0].hasSuffix(",max_ms,INTERNAL,UNAVAILABLE"))
        #expect(lines[1].hasSuffix(",3,1.000,2.000,3.000,1,2") && lines[2].hasSuffix(",3.000,0,0"))
    }

    @Test func `the text shows the second that stands out of many`() {
        var seconds = Array(
            repeating: LoadReport.Second(rate: 100, failed: 0, p50: 1, p99: 2, max: 3),
            count: 600
        )
        seconds[301] = .init(rate: 0, failed: 40, p50: 0, p99: 900, max: 900)
        let text = TextReport(.example(failed: 40, seconds: seconds)).text
        for row in [#/rate +█+▁█+  0/s to 100/s/#, #/p99 +▁+█▁+  2.00 ms to 900 ms/#, #/failed +▁+█▁+  0/s to 40.0/s/#]
        {
            #expect(text.contains(row))
        }
    }

    @Test(arguments: [(0.5, false, false), (0.9, false, true), (0.9, true, false)])
    func `a tester at its limit says so, unless it was told to spin`(busiest: Double, spins: Bool, warns: Bool) {
        let warnings = LoadReport.Tester.warnings(
            record: LoadRecord(kinds: ["a"]),
            busiest: busiest,
            machine: 0.6,
            isOpen: false,
            spins: spins
        )
        #expect(warnings.contains { $0.contains("at its limit") } == warns)
    }

    @Test func `lines of the text fit a terminal`() {
        let seconds = Array(repeating: LoadReport.Second(rate: 100, failed: 1, p50: 1, p99: 2, max: 3), count: 600)
        let text = TextReport(.example(calls: 990, failed: 10, seconds: seconds), showsSchedule: true).text
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func `the table of seconds has a line for each`() {
        let seconds = (0..<3).map {
            LoadReport.Second(rate: Double($0), failed: 0, p50: 1, p99: 2, max: 3, plannedRate: nil)
        }
        let lines = CSVReport.text(.example(seconds: seconds)).split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[1] == "0,,0.0,0,1.000,2.000,3.000")
    }

    @Test func `the text says what the report holds`() {
        let text = TextReport(.example(p99: 25, calls: 990, failed: 10), showsSchedule: true).text
        for part in ["open loop", "99.0/s", "990", "10 (1.00%)", "25.0 ms", "10 × UNAVAILABLE", "µs of CPU a call"] {
            #expect(text.contains(part), "\(part)")
        }
    }
}
