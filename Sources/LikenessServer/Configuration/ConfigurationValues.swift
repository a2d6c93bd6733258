internal import Configuration
internal import Foundation
internal import LikenessReflection
internal import SystemPackage

/// The settings as given, merged: flags win over the environment, the environment over the file.
struct ConfigurationValues: Sendable {
    private let reader: ConfigReader

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
            guard let data = FileManager.default.contents(atPath: file) else {
                throw ConfigurationError(["\(file): cannot be read"])
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
            problems += Self.names(in: members, under: "").filter { ConfigurationKey.named($0) == nil }
                .map { Self.unknown($0, in: file) }
            guard problems.isEmpty else { throw ConfigurationError(problems) }
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
            } catch {
                throw ConfigurationError(["\(file): \(error)"])
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return ConfigurationValues(reader: ConfigReader(providers: providers))
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

    private static func names(in members: [JSONNode.Member], under path: String) -> [String] {
        members.sorted { $0.name < $1.name }.flatMap { member in
            let name = Self.name(member.name, under: path)
            guard case .object(let section) = member.value else { return [name] }
            // One without settings is wrong as well if there is none of that name.
            if section.isEmpty, !ConfigurationKey.hasSection(name) { return [name] }
            return Self.names(in: section, under: name)
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
