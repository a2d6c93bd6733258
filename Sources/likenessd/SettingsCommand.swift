internal import ArgumentParser
internal import LikenessConsole
internal import LikenessServer

struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "List every setting of serve: name, default, variable and meaning."
    )

    func run() throws {
        for key in ConfigurationKey.all {
            let initial = key.defaultValue.map { ", default \($0)" } ?? ""
            try Console.output.writeLine("\(key.name) (\(key.form.rawValue)\(initial))")
            try Console.output.writeLine("    \(key.purpose)")
            try Console.output.writeLine("    \(key.environmentName)\(key.isSecret ? "  secret" : "")")
        }
    }
}
