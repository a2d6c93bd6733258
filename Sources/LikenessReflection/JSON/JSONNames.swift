/// Between the names of `.proto` files and those of JSON.
enum JSONNames {
    /// `page_size` → `pageSize`, as protoc makes JSON names.
    static func camelCased(_ name: String) -> String {
        var result = ""
        var isStart = false
        for character in name {
            if character == "_" {
                isStart = true
            } else {
                result += isStart ? character.uppercased() : String(character)
                isStart = false
            }
        }
        return result
    }
}
