/// Takes known properties out of one JSON object, checks their types and keeps what nobody asked for.
struct JSONObjectReader {
    /// Path of the object in its document, for errors; empty at the top.
    let path: String
    /// What has not been taken yet.
    private(set) var remaining: [String: JSONValue]

    init(_ value: JSONValue, path: String) throws(JSONResumeError) {
        guard case .object(let object) = value else {
            throw .wrongType(path: path.isEmpty ? "document" : path, expected: "an object", found: value.kind)
        }
        self.path = path
        self.remaining = object
    }

    /// Takes a string; a missing property and `null` read as "".
    mutating func takeString(_ key: String) throws(JSONResumeError) -> String {
        switch self.remaining.removeValue(forKey: key) {
        case nil, .null: return ""
        case .string(let value): return value
        case .some(let other):
            throw .wrongType(path: self.path(of: key), expected: "a string", found: other.kind)
        }
    }

    /// Takes an array of strings; a missing property and `null` read as none.
    mutating func takeStrings(_ key: String) throws(JSONResumeError) -> [String] {
        var strings: [String] = []
        for (index, item) in try self.takeArray(key).enumerated() {
            guard case .string(let value) = item else {
                throw .wrongType(path: "\(self.path(of: key))[\(index)]", expected: "a string", found: item.kind)
            }
            if !value.isEmpty { strings.append(value) }
        }
        return strings
    }

    /// Takes an array of objects, each as a reader of its own.
    mutating func takeObjects(_ key: String) throws(JSONResumeError) -> [JSONObjectReader] {
        let path = self.path(of: key)
        var readers: [JSONObjectReader] = []
        for (index, item) in try self.takeArray(key).enumerated() {
            readers.append(try JSONObjectReader(item, path: "\(path)[\(index)]"))
        }
        return readers
    }

    /// Takes one object, or `nil` when it is missing or `null`.
    mutating func takeObject(_ key: String) throws(JSONResumeError) -> JSONObjectReader? {
        switch self.remaining.removeValue(forKey: key) {
        case nil, .null: return nil
        case .some(let value): return try JSONObjectReader(value, path: self.path(of: key))
        }
    }

    func path(of key: String) -> String {
        self.path.isEmpty ? key : "\(self.path).\(key)"
    }

    private mutating func takeArray(_ key: String) throws(JSONResumeError) -> [JSONValue] {
        switch self.remaining.removeValue(forKey: key) {
        case nil, .null: return []
        case .array(let items): return items
        case .some(let other):
            throw .wrongType(path: self.path(of: key), expected: "an array", found: other.kind)
        }
    }
}
