package import Foundation

/// Figures of one run; its JSON form is what `compare` reads. Times are in milliseconds unless a name says otherwise.
///
/// - SeeAlso: `docs/load-testing.md`, which explains every property. Properties may be added within one schema.
package struct LoadReport: Codable, Sendable {
    package static let schema = "likeness-load/1"

    package struct Run: Codable, Sendable {
        package var startedAt: Date
        /// `open` or `closed`.
        package var loop: String
        package var arrivals: String?
        /// Of an open loop, as its options said.
        package var rates: String?
        package var concurrency: Int?
        package var connections: Int
        package var threads: Int
        package var inFlightMax: Int
        package var endpoints: [String]
        package var warmUpSeconds: Double
        /// Measured, which is less than planned when a run ends early.
        package var seconds: Double
        package var plannedSeconds: Double?
        package var seed: UInt64
        package var label: String

        /// `10.0 s`, or `3.21 s of 10.0 s` of a run that ended early.
        var timeText: String {
            let planned = self.plannedSeconds ?? self.seconds
            let of = self.seconds < planned * 0.995 ? " of \(Figures.digits(planned)) s" : ""
            return "\(Figures.digits(self.seconds)) s\(of)"
        }
    }

    package struct Latency: Codable, Sendable, Hashable {
        package var min: Double
        package var mean: Double
        package var standardDeviation: Double
        package var p50: Double
        package var p75: Double
        package var p90: Double
        package var p95: Double
        package var p99: Double
        package var p999: Double
        package var p9999: Double
        package var max: Double
    }

    package struct Kind: Codable, Sendable {
        package var name: String
        package var calls: Int
        package var failed: Int
        package var rate: Double
        package var latency: Latency
    }

    package struct Second: Codable, Sendable {
        package var rate: Double
        package var failed: Int
        /// By the name of their status.
        package var errors: [String: Int]?
        package var p50: Double
        package var p99: Double
        package var max: Double
        /// Of an open loop, at its middle.
        package var plannedRate: Double?
        /// Of streams.
        package var messages: Double?
    }

    /// Of calls whose answer is a stream: their messages, while they last.
    package struct Streams: Codable, Sendable {
        /// That came in the measured time.
        package var messages: Int
        /// Of these, a second.
        package var rate: Double
        /// From the planned send time of a call until its first message; `nil` when none came.
        package var firstMessage: Latency?
        /// Between a message and the next of the same stream.
        package var gaps: Latency?
        package var gapHistogram: [Bar]
        /// From sending a message until the answer to it, when the method answers each with one.
        package var roundTrips: Latency?
        /// Under way at the end of the run, which ended them; neither good answers nor failed.
        package var open: Int
    }

    /// A bar of a histogram: what is longer than the bar before says, and up to this.
    package struct Bar: Codable, Sendable {
        /// `nil` for all that is longer.
        package var upTo: Double?
        package var count: Int
    }

    /// A part of an open loop whose rate changes. Counts and latency are of the requests planned in it, whenever their
    /// answers came.
    package struct Step: Codable, Sendable {
        /// Since the measured time began.
        package var startSeconds: Double
        package var seconds: Double
        package var plannedRate: Double
        /// Where it ends, of one whose rate changes.
        package var plannedRateEnd: Double?
        /// Good answers a second that came while it lasted.
        package var rate: Double
        package var calls: Int
        package var failed: Int
        package var missed: Int
        package var latency: Latency

        /// `500/s`, or `100 to 290/s`.
        var plannedText: String {
            self.plannedRateEnd.map { "\(Figures.rate(self.plannedRate)) to \(Figures.rate($0))/s" }
                ?? "\(Figures.rate(self.plannedRate))/s"
        }
    }

    package struct CurvePoint: Codable, Sendable {
        package var percent: Double
        package var latency: Double
    }

    package struct Handshakes: Codable, Sendable {
        package var count: Int
        package var tcpMedian: Double
        package var tlsMedian: Double
        package var tlsMax: Double
        package var version: String
        /// Connections that were lost during the run and made again.
        package var reconnects: Int
    }

    /// How well an open loop kept its schedule: actual minus planned send times, in microseconds.
    package struct Schedule: Codable, Sendable {
        package var planned: Int
        package var p50: Double
        package var p99: Double
        package var p999: Double
        package var max: Double
        package var histogram: [Bar]
        /// Sent late because as many calls were under way as may be; not in the histogram.
        package var held: Int
        package var missed: Int
    }

    package struct Tester: Codable, Sendable {
        package var cpuMicrosecondsPerCall: Double
        /// 100 is one core.
        package var cpuPercent: Double
        package var busiestThreadPercent: Double
        package var cores: Int
        /// What everybody on the tester's machine used of all cores.
        package var machinePercent: Double?
        package var warnings: [String]
    }

    package struct Verification: Codable, Sendable {
        package var checked: Int
        package var wrong: Int
        package var recall: Double?
        /// By kind of fault.
        package var faults: [String: Int]
        /// The first wrong answers, for people.
        package var examples: [String]?
        /// Hits whose right score is not known: by a lesser section of a profile, or far from the best.
        package var uncheckedHits: Int?
    }

    package var schema = Self.schema
    package var run: Run
    package var sent: Int
    /// Good answers.
    package var calls: Int
    package var failed: Int
    /// Good answers a second of the measured time.
    package var rate: Double
    package var plannedRate: Double?
    package var latency: Latency
    package var curve: [CurvePoint]
    package var kinds: [Kind]
    package var seconds: [Second]
    /// Seconds that each of these has; more than one when a run is longer than an hour.
    package var intervalSeconds: Int?
    /// Of an open loop whose rate changes.
    package var steps: [Step]?
    package var errors: [String: Int]
    package var errorMessages: [String: String]
    /// Frames, before encryption.
    package var bytesSent: Int
    package var bytesReceived: Int
    /// Of streams.
    package var messagesReceived: Int
    package var messagesSent: Int?
    package var streams: Streams?
    package var handshakes: Handshakes
    package var schedule: Schedule?
    package var tester: Tester
    package var verification: Verification?

    /// Failed and never sent, of all that were planned, 0...1.
    package var errorShare: Double {
        // A report that was read from a file may hold any numbers.
        let notAnswered = Double(self.failed) + Double(self.schedule?.missed ?? 0)
        let all = Double(self.calls) + notAnswered
        return all == 0 ? 0 : notAnswered / all
    }

    /// Nothing was answered, and no stream was under way either.
    package var isEmpty: Bool { self.calls == 0 && (self.streams?.open ?? 0) == 0 }

    /// Streams lasted as long as the run, and nothing else was there to answer.
    var isStreamsAlone: Bool { self.streams != nil && self.calls == 0 && self.failed == 0 }

    /// What failed, and what was planned and never sent.
    package var notAnswered: Int { self.failed + (self.schedule?.missed ?? 0) }

}

extension LoadReport {
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(self)
    }

    /// - Throws: `OptionError` when it is not such a report.
    package init(json: Data, name: String) throws(OptionError) {
        struct Header: Decodable { let schema: String }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        guard let header = try? decoder.decode(Header.self, from: json) else {
            throw OptionError("\(name) is not a JSON report of likeness-load")
        }
        guard header.schema == Self.schema else {
            throw OptionError("\(name) has schema \(header.schema); this version reads \(Self.schema)")
        }
        do {
            self = try decoder.decode(LoadReport.self, from: json)
        } catch {
            throw OptionError("\(name) is not a whole report: \(error)")
        }
    }
}
