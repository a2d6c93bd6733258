import Foundation
import Logging
import Synchronization
import Testing

@testable import LikenessServer

/// What the process's log writes, and in what form.
@Suite struct LogLinesTests {
    private static func line(_ message: Logger.Message, _ metadata: Logger.Metadata = [:]) -> String {
        let event = LogEvent(
            level: .notice,
            message: message,
            metadata: metadata,
            source: "Module",
            file: "f",
            function: "f",
            line: 1
        )
        return String(decoding: LogLine.bytes(of: event, label: "l", metadata: metadata, time: "T"), as: UTF8.self)
    }

    // MARK: The form

    @Test func `a line has its time, level, label, keys in order, module and message`() {
        #expect(
            Self.line("hello", ["b": "2", "a": "URI:spiffe://x/y"])
                == "T notice l: a=URI:spiffe://x/y b=2 [Module] hello\n"
        )
    }

    @Test(arguments: [
        "x\n2026-11-23T09:12:07.000Z notice likeness.audit: code=OK", "x\r\ny", "\u{1B}]0;title\u{7}", "\u{9B}31m",
        "\u{202E}evil", "a\u{2028}b", "a\u{85}b", "x code=OK", "\" code=OK", "\\", "", "\u{0}",
    ])
    func `no value makes another line, another key or a terminal's command`(text: String) {
        let line = Self.line("m\(text)", ["k": "\(text)", "key\(text)": "v"])
        #expect(line.unicodeScalars.count { $0.properties.generalCategory == .control } == 1)
        #expect(line.hasSuffix("\n") && line.split(whereSeparator: \.isNewline).count == 1)
        #expect(!line.unicodeScalars.contains { [.format, .lineSeparator].contains($0.properties.generalCategory) })
        #expect(LogLine.value(text).hasPrefix("\"") && LogLine.value(text).hasSuffix("\""))
        #expect(
            LogLine.value(text).dropFirst().dropLast().replacing("\\\\", with: "").replacing("\\\"", with: "")
                .contains("\"") == false
        )
    }

    @Test func `letters of any script are themselves, and long lines are cut`() {
        #expect(LogLine.escaped("山田 José") == "山田 José")
        let line = Self.line("\(String(repeating: "é", count: 10_000))")
        #expect(line.utf8.count <= LogLine.bytesMax && line.hasSuffix("…\n") && !line.contains("\u{FFFD}"))
    }

    // MARK: JSON

    private static func object(
        _ message: Logger.Message,
        _ metadata: Logger.Metadata = [:]
    ) throws -> (text: String, members: [String: Any]) {
        let event = LogEvent(
            level: .warning,
            message: message,
            metadata: metadata,
            source: "Module",
            file: "f",
            function: "f",
            line: 1
        )
        let bytes = JSONLogLine.bytes(of: event, label: "l", metadata: metadata, time: "T")
        let object = try JSONSerialization.jsonObject(with: Data(bytes))
        return (String(decoding: bytes, as: UTF8.self), try #require(object as? [String: Any]))
    }

    @Test func `an object has what every line has, then its keys in order, and few numbers`() throws {
        let line = try Self.object("hello", ["rows": "12", "token": "12", "database_ms": "0.4", "message": "own"])
        #expect(
            line.text
                == #"{"time":"T","severity":"warning","logger":"l","message":"hello","module":"Module","#
                + #""database_ms":0.4,"message_":"own","rows":12,"token":"12"}"# + "\n"
        )
    }

    @Test(arguments: ["01", "1e9", "0x1", "-1", "", "NaN", "1.", "12345678901234567890"])
    func `what is no plain number stays a text`(text: String) throws {
        #expect(try Self.object("m", ["count": "\(text)"]).members["count"] as? String == text)
    }

    @Test(arguments: [
        "x\n{\"severity\":\"notice\"}", "x\r\ny", "\u{1B}]0;title\u{7}", "\u{9B}31m", "\u{202E}evil", "a\u{2028}b",
        "a\u{85}b", "\",\"code\":\"OK", "\\", "\\\"", "", "\u{0}", "山田 José", "\u{E0001}", "a\u{FEFF}",
    ])
    func `whatever a value is, its reader gets it back from one line`(text: String) throws {
        let line = try Self.object("m\(text)", ["k": "\(text)", "key\(text)": "v"])
        #expect(line.members["message"] as? String == "m" + text)
        #expect(line.members["k"] as? String == text && line.members["key" + text] as? String == "v")
        #expect(line.members.count == 7)
        #expect(line.text.split(whereSeparator: \.isNewline).count == 1)
        #expect(!line.text.dropLast().unicodeScalars.contains { LogLine.isHidden($0) })
    }

    @Test(arguments: [1, 20]) func `a long object is cut in its values, and stays one`(values: Int) throws {
        let long = String(repeating: "é\n", count: 10_000)
        let metadata = Dictionary(
            uniqueKeysWithValues: (0..<values).map { ("key\($0)", "\(long)" as Logger.MetadataValue) }
        )
        let line = try Self.object("m", metadata.merging(["short": "whole"]) { $1 })
        #expect(line.text.utf8.count <= JSONLogLine.bytesMax)
        #expect(line.members["short"] as? String == "whole" && line.members.count == 6 + values)
        #expect((line.members["key0"] as? String)?.hasSuffix("…") == true)
    }

    @Test func `the ids of all profiles that one call deletes have room`() throws {
        let ids = Array(repeating: UUID().uuidString, count: 200).joined(separator: ",")
        #expect(try Self.object("audit", ["target": "\(ids)"]).members["target"] as? String == ids)
    }

    // MARK: Where lines go

    @Test func `a level that changes counts for loggers that are there, for the audit log up to notice`() {
        let threshold = LogThreshold(.warning)
        func logger(_ label: String) -> Logger {
            Logger(label: label) { label in
                LineLogHandler(label: label, threshold: threshold, style: LogStyle(), writer: LogWriter(descriptor: -1))
            }
        }
        let (ordinary, audit) = (logger("likeness"), logger(AuditLog.label))
        #expect(ordinary.logLevel == .warning && audit.logLevel == .notice)
        threshold.level = .trace
        #expect(ordinary.logLevel == .trace && audit.logLevel == .trace)
        threshold.level = .critical
        #expect(ordinary.logLevel == .critical && audit.logLevel == .notice)
        var own = ordinary
        own.logLevel = .debug
        #expect(own.logLevel == .debug && ordinary.logLevel == .critical)
    }

    @Test func `only what leads to journald has priorities, and only a terminal is taken for one`() throws {
        var status = stat()
        let (reader, descriptor) = try Self.pipe()
        defer { close(descriptor) }
        _ = reader
        #expect(fstat(descriptor, &status) == 0)
        let stream = "\(status.st_dev):\(status.st_ino)"
        for (format, isJSON) in [(LogFormat.text, false), (.json, true), (.auto, true)] {
            let style = LogStyle(format, descriptor: descriptor, environment: ["JOURNAL_STREAM": stream])
            #expect(style == LogStyle(isJSON: isJSON, hasPriority: true))
        }
        for environment in [[:], ["JOURNAL_STREAM": "\(status.st_dev):\(status.st_ino + 1)"], ["JOURNAL_STREAM": ""]] {
            #expect(!LogStyle(.text, descriptor: descriptor, environment: environment).hasPriority)
        }
        var (controller, terminal): (Int32, Int32) = (-1, -1)
        #expect(openpty(&controller, &terminal, nil, nil, nil) == 0)
        #expect(LogStyle(.auto, descriptor: terminal, environment: [:]) == LogStyle())
        for descriptor in [controller, terminal] { close(descriptor) }
    }

    // MARK: The queue

    private static func queued(_ text: String, keep: Bool = false) -> LogQueue.Line {
        .init(bytes: Array(text.utf8), isKept: keep)
    }

    @Test func `beyond the bound lines are dropped and counted, kept ones never`() {
        var queue = LogQueue(bytesMax: 10)
        for text in ["12345", "67890", "x"] { queue.append(Self.queued(text)) }
        #expect(queue.takesKeptLines)
        for _ in 0..<3 { queue.append(Self.queued("audit", keep: true)) }
        #expect(!queue.takesKeptLines)
        let taken = queue.take()
        #expect(taken.lines.count == 5 && taken.dropped == 1)
        // What is being written still counts.
        queue.append(Self.queued("y"))
        #expect(queue.take().dropped == 1 && !queue.takesKeptLines)
        for line in taken.lines { queue.written(line) }
        #expect(queue.isEmpty && queue.takesKeptLines)
    }

    // MARK: The writer

    private static func pipe() throws -> (read: FileHandle, write: Int32) {
        let pipe = Pipe()
        let descriptor = dup(pipe.fileHandleForWriting.fileDescriptor)
        try pipe.fileHandleForWriting.close()
        return (pipe.fileHandleForReading, descriptor)
    }

    /// Everything that comes, read on a thread of its own: those of the tests are few and wait themselves.
    private static func text(from reader: FileHandle) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        Thread {
            continuation.yield(String(decoding: (try? reader.readToEnd()) ?? Data(), as: UTF8.self))
            continuation.finish()
        }.start()
        return stream
    }

    @Test func `lines of many threads come whole and in order`() async throws {
        let (reader, descriptor) = try Self.pipe()
        let writer = LogWriter(descriptor: descriptor)
        let read = Self.text(from: reader)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for index in 0..<200 {
                        let text = "\(task) \(index) " + String(repeating: "x", count: 3_000) + "\n"
                        // Kept: a bound would drop some of 5 MB.
                        writer.write(Array(text.utf8), keep: true)
                    }
                }
            }
        }
        writer.flush(within: .seconds(600))
        close(descriptor)
        let lines = try #require(await read.first { _ in true }).split(separator: "\n")
        #expect(lines.count == 1_600 && lines.allSatisfy { $0.utf8.count >= 3_004 && $0.hasSuffix("xxx") })
        for task in 0..<8 {
            let indices = lines.filter { $0.hasPrefix("\(task) ") }.compactMap { Int($0.split(separator: " ")[1]) }
            #expect(indices == Array(0..<200))
        }
    }

    @Test func `a reader that stands still costs lines, not memory, and no audit line`() async throws {
        let (reader, descriptor) = try Self.pipe()
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        let writer = LogWriter(descriptor: descriptor)
        let filler = Array((String(repeating: "f", count: 999) + "\n").utf8)
        for _ in 0..<10_000 { writer.write(filler, keep: false) }
        for index in 0..<2_000 {
            writer.write(Array("audit \(index) \(String(repeating: "a", count: 999))\n".utf8), keep: true)
        }
        #expect(!writer.takesKeptLines)
        let read = Self.text(from: reader)
        writer.flush(within: .seconds(600))
        #expect(writer.takesKeptLines)
        close(descriptor)
        let lines = try #require(await read.first { _ in true }).split(separator: "\n")
        let audits = lines.filter { $0.hasPrefix("audit ") }.compactMap { Int($0.split(separator: " ")[1]) }
        #expect(audits == Array(0..<2_000))
        // What is missing was said.
        let written = lines.count { $0.hasPrefix("fff") && $0.utf8.count == 999 }
        let dropped = lines.filter { $0.contains(" likeness.log: ") }.compactMap { line in
            line.split(separator: "=").last.flatMap { Int($0.prefix { $0.isNumber }) }
        }
        #expect(written < 10_000 && written + dropped.reduce(0, +) == 10_000)
    }
}
