internal import Configuration
internal import Foundation
internal import LikenessReflection
internal import LikenessTLS
internal import SystemPackage

/// The settings as given, merged: flags win over the environment, the environment over the file.
struct ConfigurationValues: Sendable {
    private let reader: ConfigReader
    /// What is wrong with what was given, apart from values.
    let problems: [String]

    /// - Throws: `ConfigurationError` for a file that cannot be read at all.
    static func load(
        file: String?,
        environment: [String: String],
        flags: [String: String]
    ) async throws -> ConfigurationValues {
        var problems: [String] = []
        var given: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, text) in flags.sorted(by: { $0.key < $1.key }) {
            guard let key = ConfigurationKey.named(name) else {
                problems.append(Self.unknown(name, in: "command line"))
                continue
            }
            guard let content = Self.content(of: text, as: key.form) else {
                problems.append("\(name): \"\(text)\" is not \(Self.description(of: key.form))")
                continue
            }
            given[AbsoluteConfigKey(name.split(separator: ".").map(String.init))] =
                ConfigValue(content, isSecret: key.isSecret)
        }
        var providers: [any ConfigProvider] = [
            InMemoryProvider(name: "command line", values: given),
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: ConfigKey(["likeness"])),
        ]
        if let file {
            let data: Data
            do {
                data = try WholeFile.contents(of: file)
            } catch {
                throw ConfigurationError(["\(file): \(error.reason)"])
            }
            // The provider of the file takes commas too many, and the last of two settings with one name.
            let document: JSONNode
            do {
                document = try JSONParser.parse(Array(data))
            } catch {
                throw ConfigurationError(["\(file): \(error.problem)"])
            }
            guard case .object(let members) = document else {
                throw ConfigurationError(["\(file): \(document.kind), not an object"])
            }
            problems += Self.duplicates(in: members, under: "").map { "\($0): occurs twice (\(file))" }
            problems += Self.settings(in: members, under: "").compactMap {
                Self.problem(of: $0.name, $0.value, in: file)
            }
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
            } catch {
                // What it does not take may be what was found above.
                throw ConfigurationError(problems.isEmpty ? ["\(file): \(error)"] : problems)
            }
        }
        return ConfigurationValues(reader: ConfigReader(providers: providers), problems: problems)
    }

    /// - Throws: When the value has another form.
    func text(_ name: String, isSecret: Bool) async throws -> String? {
        try await self.reader.fetchString(forKey: Self.key(name), isSecret: isSecret)
    }

    func integer(_ name: String) async throws -> Int? {
        try await self.reader.fetchInt(forKey: Self.key(name))
    }

    func boolean(_ name: String) async throws -> Bool? {
        try await self.reader.fetchBool(forKey: Self.key(name))
    }

    func list(_ name: String) async throws -> [String]? {
        try await self.reader.fetchStringArray(forKey: Self.key(name))
    }

    static func description(of form: ConfigurationKey.Form) -> String {
        switch form {
        case .text: "a text"
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .duration: "a duration such as 500ms, 30s, 10m or 2h"
        case .list: "a list of texts"
        }
    }

    private static func key(_ name: String) -> ConfigKey {
        ConfigKey(name.split(separator: ".").map(String.init))
    }

    private static func content(of text: String, as form: ConfigurationKey.Form) -> ConfigContent? {
        switch form {
        case .text, .duration: .string(text)
        case .integer: Int(text).map { .int($0) }
        case .boolean: Bool(text).map { .bool($0) }
        case .list: .stringArray(text.split(separator: ",").map(String.init))
        }
    }

    private static func unknown(_ name: String, in source: String) -> String {
        "\(name): no such setting (\(source))\(Suggestion.question(for: name, in: ConfigurationKey.all.map(\.name)))"
    }

    /// Why a member of the file is no setting; `nil` for one that is, whatever its value.
    private static func problem(of name: String, _ value: JSONNode, in file: String) -> String? {
        if let key = ConfigurationKey.named(name) {
            guard case .object = value else { return nil }
            return "\(name): is an object, not \(Self.description(of: key.form)) (\(file))"
        }
        guard ConfigurationKey.hasSection(name) else { return Self.unknown(name, in: file) }
        let names = ConfigurationKey.all.map(\.name).filter { $0.hasPrefix(name + ".") }
            .map { $0.dropFirst(name.count + 1) }
        return "\(name): is \(value.kind), not an object with \(names.joined(separator: ", ")) (\(file))"
    }

    /// The members that are settings by their place, or nothing.
    private static func settings(in members: [JSONNode.Member], under path: String) -> [(name: String, value: JSONNode)]
    {
        members.sorted { $0.name < $1.name }.flatMap { member in
            let name = Self.name(member.name, under: path)
            guard case .object(let section) = member.value else { return [(name, member.value)] }
            // An object where a setting has one value is wrong as a whole; one without settings is wrong as well if there
            // is no section of that name.
            if ConfigurationKey.named(name) != nil || section.isEmpty && !ConfigurationKey.hasSection(name) {
                return [(name, member.value)]
            }
            return Self.settings(in: section, under: name)
        }
    }

    private static func duplicates(in members: [JSONNode.Member], under path: String) -> [String] {
        var seen: Set<String> = []
        return members.flatMap { member in
            let name = Self.name(member.name, under: path)
            let twice = seen.insert(member.name).inserted ? [] : [name]
            guard case .object(let section) = member.value else { return twice }
            return twice + Self.duplicates(in: section, under: name)
        }
    }

    private static func name(_ name: String, under path: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
