internal import CExpat

/// Reads XML with libexpat, in namespaces, within bounds. A document type is refused before any of it is read: so there are no entities
/// but the five of XML, nothing expands, and nothing is fetched.
///
/// - SeeAlso: CVE-2003-1564 and CWE-611, which rest on what is refused.
package enum XMLDocument {
    /// Résumés have some ten.
    package static let depthMax = 64
    package static let elementsMax = 50_000
    package static let bytesMax = 16 << 20

    /// Whether a text seems to be XML: its first sign after blanks is `<`.
    package static func isXML(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D } == UInt8(ascii: "<")
    }

    /// The root element.
    ///
    /// - Throws: A sentence with the line and column where the document is broken or beyond a bound.
    package static func parse(_ bytes: [UInt8]) throws(FormatError) -> XMLElement {
        guard bytes.count <= Self.bytesMax else {
            throw FormatError("holds \(bytes.count >> 20) MiB of XML: at most \(Self.bytesMax >> 20) are read")
        }
        // Names come with the namespace and this sign before them.
        guard let parser = unsafe XML_ParserCreateNS(nil, 0x0A) else { throw FormatError("no memory to read XML") }
        defer { unsafe XML_ParserFree(parser) }
        let tree = unsafe XMLTree(parser)
        // SAFETY: `tree` outlives the parser's last call, which is below.
        let pointer = unsafe Unmanaged.passUnretained(tree).toOpaque()
        unsafe XML_SetUserData(parser, pointer)
        unsafe XML_SetStartDoctypeDeclHandler(parser) { tree, _, _, _, _ in
            unsafe XMLTree.at(tree)?.stop("has a document type (<!DOCTYPE), which is not read: remove it")
        }
        unsafe XML_SetElementHandler(
            parser,
            { tree, name, attributes in unsafe XMLTree.at(tree)?.start(name, attributes) },
            { tree, _ in unsafe XMLTree.at(tree)?.end() }
        )
        unsafe XML_SetCharacterDataHandler(parser) { tree, text, count in unsafe XMLTree.at(tree)?.add(text, count) }
        let status = unsafe bytes.withUnsafeBytes { buffer in
            unsafe XML_Parse(
                parser,
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                Int32(buffer.count),
                1
            )
        }
        return try withExtendedLifetime(tree) { () throws(FormatError) in
            guard status == XML_STATUS_OK, let root = tree.root else {
                if let problem = tree.problem { throw FormatError(problem) }
                let reason = unsafe XML_ErrorString(XML_GetErrorCode(parser)).map { unsafe String(cString: $0) }
                throw FormatError("invalid XML at \(tree.place): \(reason ?? "no element")")
            }
            return root
        }
    }
}

/// What libexpat reports, put together.
@safe private final class XMLTree {
    /// Valid while the document is read.
    private let parser: XML_Parser
    private var open: [XMLElement] = []
    private var elementCount = 0
    private(set) var root: XMLElement?
    private(set) var problem: String?

    init(_ parser: XML_Parser) { unsafe self.parser = unsafe parser }

    static func at(_ pointer: UnsafeMutableRawPointer?) -> XMLTree? {
        // SAFETY: set to a tree that lives as long as the parser is used.
        unsafe pointer.map { unsafe Unmanaged<XMLTree>.fromOpaque($0).takeUnretainedValue() }
    }

    /// As editors count.
    var place: String {
        unsafe "line \(XML_GetCurrentLineNumber(self.parser)), column \(XML_GetCurrentColumnNumber(self.parser) + 1)"
    }

    func stop(_ problem: String) {
        guard self.problem == nil else { return }
        // Later the parser's place is that after what it stopped at.
        self.problem = "\(self.place): \(problem)"
        unsafe XML_StopParser(self.parser, 0)
    }

    func start(_ name: UnsafePointer<CChar>?, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
        guard self.problem == nil else { return }
        self.elementCount += 1
        guard self.elementCount <= XMLDocument.elementsMax else {
            return self.stop("more than \(XMLDocument.elementsMax) elements")
        }
        guard self.open.count < XMLDocument.depthMax else {
            return self.stop("more than \(XMLDocument.depthMax) elements within each other")
        }
        var read: [String: String] = [:]
        if let attributes = unsafe attributes {
            var index = 0
            // SAFETY: names and values by turns, and a null pointer after the last.
            while let name = unsafe attributes[index], let value = unsafe attributes[index + 1] {
                read[unsafe Self.local(name)] = unsafe String(cString: value)
                index += 2
            }
        }
        let name = unsafe name.map { unsafe Self.local($0) } ?? ""
        let line = unsafe Int(XML_GetCurrentLineNumber(self.parser))
        self.open.append(XMLElement(name: name, attributes: read, line: line))
    }

    func end() {
        guard self.problem == nil, let element = self.open.popLast() else { return }
        if self.open.isEmpty {
            self.root = element
        } else {
            self.open[self.open.count - 1].children.append(element)
        }
    }

    func add(_ text: UnsafePointer<CChar>?, _ count: Int32) {
        guard self.problem == nil, let text = unsafe text, !self.open.isEmpty else { return }
        // SAFETY: libexpat lends `count` bytes of valid UTF-8 for this call.
        let bytes = unsafe UnsafeRawBufferPointer(start: text, count: Int(count))
        self.open[self.open.count - 1].text += unsafe String(decoding: bytes, as: UTF8.self)
    }

    private static func local(_ name: UnsafePointer<CChar>) -> String {
        let name = unsafe String(cString: name)
        return name.lastIndex(of: "\n").map { String(name[name.index(after: $0)...]) } ?? name
    }
}
