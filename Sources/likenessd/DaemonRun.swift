internal import ArgumentParser
internal import LikenessConsole
internal import LikenessServer
internal import Logging

/// How every command of the daemon starts and ends.
enum DaemonRun {
    /// Runs `body`; what it throws is written in one line a problem, and ends the process with status 1.
    static func toExit(logLevel: String?, _ body: () async throws -> Void) async throws {
        if let logLevel { Self.useLog(level: logLevel) }
        // What was logged is written before the process ends, and before what is said of its end.
        defer { LogSetup.flush() }
        do {
            try await body()
        } catch let error as ExitCode {
            throw error
        } catch let error where error is ValidationError || error is OutputError {
            throw error
        } catch {
            LogSetup.flush()
            for line in "\(error)".split(separator: "\n") {
                Console.say("likenessd: \(line)")
            }
            throw ExitCode(1)
        }
    }

    /// Logs to standard error from this level on. Only the first call counts.
    static func useLog(level: String, format: LogFormat = .text) {
        LogSetup.bootstrap(level: Logger.Level(rawValue: level) ?? .info, format: format)
    }
}
