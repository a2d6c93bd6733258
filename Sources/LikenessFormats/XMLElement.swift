/// An element of an XML document with what is in it.
package struct XMLElement: Sendable {
    /// Without a namespace.
    package let name: String
    package let attributes: [String: String]
    /// 1-based line of its start tag.
    package let line: Int
    package internal(set) var children: [XMLElement] = []
    /// Of the element itself, without that of its children.
    package internal(set) var text = ""
}
