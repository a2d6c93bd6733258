internal import COpenVINO

/// OpenVINO's shared library, opened once and never closed.
struct OpenVINOLibrary: Sendable {
    let functions: likeness_openvino_t
    /// The runtime's build, like `2026.4.1-22982-…`.
    let version: String

    /// Opens `libopenvino_c.so` at a path; its companions are found beside it.
    ///
    /// - Throws: `.unavailable` with the loader's own words.
    init(path: String) throws(EmbeddingError) {
        var functions = likeness_openvino_t()
        var message = [CChar](repeating: 0, count: 512)
        guard unsafe likeness_openvino_load(path, &functions, &message, message.count) == 0 else {
            let reason = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw .unavailable("OpenVINO cannot be loaded: \(reason)")
        }
        self.functions = functions

        var version = unsafe ov_version_t()
        if unsafe functions.get_openvino_version(&version) == 0 {
            self.version = unsafe String(cString: version.buildNumber)
            unsafe functions.version_free(&version)
        } else {
            self.version = "unknown"
        }
    }

    func check(_ status: Int32, _ step: String) throws(EmbeddingError) {
        guard status == 0 else { throw self.error(status, step) }
    }

    /// Turns a status into an error that says which step failed and what the runtime said about it.
    func error(_ status: Int32, _ step: String) -> EmbeddingError {
        // The last failure of any thread: in the worst case the text is another thread's, the step never is.
        guard let text = self.functions.get_last_err_msg() else { return .failed("\(step): status \(status)") }
        defer { unsafe self.functions.free_text(text) }
        let reason = unsafe String(cString: text).split(whereSeparator: \.isNewline).last ?? "status \(status)"
        return .failed("\(step): \(reason)")
    }
}
