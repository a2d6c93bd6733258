/// `google.protobuf.FieldMask` as paths with commas between, in the names of JSON: `displayName,experiences.title`.
enum FieldMaskText {
    static func print(_ paths: [String]) throws(TranscodingError) -> String {
        var texts: [String] = []
        for path in paths {
            let text = JSONNames.camelCased(path)
            guard Self.original(text) == path else {
                throw TranscodingError("the path \"\(path)\" has no name in JSON")
            }
            texts.append(text)
        }
        return texts.joined(separator: ",")
    }

    static func parse(_ text: String) throws(TranscodingError) -> [String] {
        guard !text.isEmpty else { return [] }
        var paths: [String] = []
        for path in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard !path.contains("_") else {
                throw TranscodingError("\"\(path)\" must be written like \"\(JSONNames.camelCased(String(path)))\"")
            }
            paths.append(Self.original(String(path)))
        }
        return paths
    }

    /// `displayName` → `display_name`.
    private static func original(_ text: String) -> String {
        var result = ""
        for character in text {
            if character.isUppercase {
                result += "_" + character.lowercased()
            } else {
                result.append(character)
            }
        }
        return result
    }
}
