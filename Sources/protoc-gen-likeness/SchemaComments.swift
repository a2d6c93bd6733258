internal import CLikenessMessages

/// The comments of one file by the place of what they stand before.
///
/// - SeeAlso: descriptor.proto, `SourceCodeInfo.Location.path`.
struct SchemaComments {
    private var texts: [[Int32]: String] = [:]

    init(_ file: Google__Protobuf__FileDescriptorProto) {
        guard let info = file.source_code_info else { return }
        for location in SchemaReader.list(info.pointee.location, info.pointee.n_location) {
            guard let leading = location.pointee.leading_comments else { continue }
            let path = Array(UnsafeBufferPointer(start: location.pointee.path, count: location.pointee.n_path))
            self.texts[path] = String(cString: leading)
        }
    }

    /// The comment's text, a line a line, without margins; empty when there is none.
    func text(at place: [Int32]) -> String {
        let lines = (self.texts[place] ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { line in
            var line = line.hasPrefix(" ") ? line.dropFirst() : line
            while line.last == " " { line.removeLast() }
            return String(line)
        }.joined(separator: "\n").trimmingNewlines()
    }
}

extension String {
    fileprivate func trimmingNewlines() -> String {
        var text = self[...]
        while text.first == "\n" { text.removeFirst() }
        while text.last == "\n" { text.removeLast() }
        return String(text)
    }
}
