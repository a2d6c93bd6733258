internal import ArgumentParser
internal import Logging

/// A level of the log, by its name.
struct LogLevelArgument: ExpressibleByArgument {
    let name: String

    init?(argument: String) {
        guard Logger.Level(rawValue: argument) != nil else { return nil }
        self.name = argument
    }

    init(level: Logger.Level) { self.name = level.rawValue }

    static var allValueStrings: [String] { Logger.Level.allCases.map(\.rawValue) }

    var defaultValueDescription: String { self.name }
}
