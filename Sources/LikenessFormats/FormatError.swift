/// Why bytes are not what they seem to be, or more than is read: a sentence without the name of the file.
package struct FormatError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
