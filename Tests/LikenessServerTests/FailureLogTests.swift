import Foundation
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import LikenessWire
import Logging
import Testing

@testable import LikenessServer

/// What PostgreSQL's codes mean to callers and to the log.
@Suite struct FailureLogTests {
    /// Every code that the server's own list has, by class.
    private static func codes() throws -> [String] {
        let programs = TestCluster.shared.programs
        let folder = programs.replacing("/lib/postgresql/", with: "/share/postgresql/").replacing("/bin", with: "")
        let text = try String(contentsOfFile: "\(folder)/errcodes.txt", encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count >= 3, words[0].count == 5, words[1] == "E" else { return nil }
            return String(words[0])
        }
    }

    private static func error(_ code: String, isWriting: Bool = false) -> ServiceError {
        let cause = DatabaseError(.statement(sqlState: code), detail: "stored text")
        return ServiceError(describing: RepositoryError(cause, isWriting: isWriting))
    }

    /// The status of each class; codes that differ from their class stand below it.
    private static let expected: [String: StatusCode] = [
        "03": .internal, "08": .unavailable, "09": .internal, "0A": .internal, "0B": .internal, "0F": .internal,
        "0L": .internal, "0P": .internal, "0Z": .internal, "20": .internal, "21": .internal, "22": .invalidArgument,
        "23": .invalidArgument, "24": .internal, "25": .internal, "26": .internal, "27": .internal, "28": .unavailable,
        "2B": .internal, "2D": .internal, "2F": .internal, "34": .internal, "38": .internal, "39": .internal,
        "3B": .internal, "3D": .unavailable, "3F": .unavailable, "40": .aborted, "42": .internal, "44": .internal,
        "53": .unavailable, "54": .invalidArgument, "55": .unavailable, "57": .unavailable, "58": .internal,
        "72": .aborted, "F0": .internal, "HV": .internal, "P0": .internal, "XX": .internal,
        "23503": .aborted, "23P01": .aborted, "23502": .internal, "23505": .alreadyExists, "40003": .unavailable,
        "25006": .unavailable, "25P03": .unavailable, "25P04": .unavailable, "55P02": .internal, "55P04": .internal,
        "58030": .unavailable, "58P01": .unavailable, "42501": .unavailable, "42P01": .unavailable,
        "42703": .unavailable, "42883": .unavailable, "42704": .unavailable,
    ]

    @Test func `every code of PostgreSQL has a status, and a line in the log where its message promises one`() throws {
        let codes = try Self.codes()
        #expect(codes.count > 200)
        for code in codes {
            let error = Self.error(code)
            let wanted = Self.expected[code] ?? Self.expected[String(code.prefix(2))]
            #expect(error.code == wanted, "\(code)")
            #expect(!error.message.contains("stored text"), "\(code): callers are shown the server's text")
            switch error.code {
            case .unavailable:
                #expect(Outage(rawValue: error.reason) != nil, "\(code)")
                #expect(error.retryDelay ?? .zero > .zero, "\(code)")
                #expect(error.logDetail == "\(code): stored text")
                guard case .counted = error.trace else {
                    Issue.record("\(code) leaves no trace")
                    continue
                }
            case .internal:
                #expect(error.logDetail == "\(code): stored text")
                #expect(error.trace == .each(.error), "\(code)")
            default: #expect(error.trace == .none, "\(code)")
            }
        }
    }

    @Test(arguments: [
        ("53100", Outage.full), ("25006", .readOnly), ("53300", .connections), ("53200", .resources),
        ("57P03", .starting), ("57P01", .stopping), ("57014", .timedOut), ("42501", .rights), ("28P01", .access),
    ])
    func `a cause survives on its way to the caller, also when the session ends with it`(code: String, outage: Outage) {
        #expect(Self.error(code).reason == outage.rawValue)
        for kind in [DatabaseError.Kind.connectionLost, .connectFailed, .poolDown] {
            let error = ServiceError(describing: RepositoryError(DatabaseError(kind, sqlState: code, detail: "why")))
            #expect(error.reason == outage.rawValue)
            #expect(error.logDetail == "\(code): why")
        }
    }

    @Test func `a lock that is not had is a conflict for a write and an outage for a read`() {
        #expect(Self.error("55P03").reason == "DATABASE_LOCKED")
        #expect(Self.error("55P03").code == .unavailable)
        #expect(Self.error("55P03", isWriting: true).code == .aborted)
    }

    @Test func `of a hundred and five failed calls one line has the cause and one the counts`() throws {
        let log = RecordedLog()
        let failures = FailureLog(logger: log.logger)
        for _ in 0..<100 { failures.record(Self.error("53100")) }
        for _ in 0..<5 { failures.record(Self.error("57P03")) }
        failures.record(Self.error("22P02"))
        #expect(
            log.lines == [
                "error a call failed code=UNAVAILABLE detail=53100: stored text reason=DATABASE_FULL",
                "warning a call failed code=UNAVAILABLE detail=57P03: stored text reason=DATABASE_STARTING",
            ]
        )
        failures.flush()
        #expect(log.lines.last == "warning calls failed count=103 reasons=DATABASE_FULL 99, DATABASE_STARTING 4")
        // While it goes on only counts are written; after a quiet time the next one has its cause again.
        failures.record(Self.error("53100"))
        failures.flush()
        #expect(log.lines.last == "warning calls failed count=1 reasons=DATABASE_FULL 1")
        failures.flush()
        failures.record(Self.error("53100"))
        #expect(log.lines.count == 5)
        #expect(log.lines.last?.contains("detail=53100") == true)
        // Counts that are written between the first call and the second do not make the second a first one.
        failures.flush()
        failures.record(Self.error("53100"))
        #expect(log.lines.count == 5)
        failures.flush()
        #expect(log.lines.last == "warning calls failed count=1 reasons=DATABASE_FULL 1")
        failures.record(Self.error("XX000"))
        failures.record(Self.error("XX000"))
        #expect(log.lines.count == 7)
        failures.end()
        #expect(log.lines.contains { $0.contains("a call failed, more of the same") && $0.contains("count=1") })
    }
}
