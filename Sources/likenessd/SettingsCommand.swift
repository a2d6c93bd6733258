internal import ArgumentParser
internal import LikenessServer

struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "List every setting of serve: name, default, variable and meaning."
    )

    func run() throws {
        for key in ConfigurationKey.all {
            print("\(key.name) (\(key.form.rawValue)\(key.defaultValue.map { ", default \($0)" } ?? ""))")
            print("    \(key.purpose)")
            print("    \(key.environmentName)\(key.isSecret ? "  secret" : "")")
        }
    }
}
