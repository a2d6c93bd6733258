/// Who makes a write, and by which method: for the history of profiles.
package struct WriteAuthor: Sendable {
    /// The verified name of the caller; empty for what no call writes.
    let caller: String
    let method: String
}
