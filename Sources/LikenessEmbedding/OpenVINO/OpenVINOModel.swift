internal import COpenVINO

/// A sentence transformer compiled for this machine's CPU.
///
/// Owns the compiled network; sessions keep it alive.
@safe final class OpenVINOModel: Sendable {
    let library: OpenVINOLibrary
    // SAFETY: written once; OpenVINO lets any thread create requests from one compiled model, and it is freed once.
    private nonisolated(unsafe) let compiled: OpaquePointer

    /// Reads and compiles an ONNX file: 0.2 s of a whole core. Not for an event loop or the cooperative pool.
    ///
    /// - Parameter threadCount: How many sessions will run at once; each runs on one core.
    init(library: OpenVINOLibrary, path: String, threadCount: Int) throws(EmbeddingError) {
        var functions = library.functions
        // Never freed. With the last core OpenVINO unloads the code that threads of ours may still have to return to, or to call
        // when they end: processes that stopped one service of two crashed. A process makes a core for each model that it loads.
        var core: OpaquePointer?
        try library.check(unsafe functions.core_create(&core), "starting OpenVINO")
        guard let core = unsafe core else { throw .failed("starting OpenVINO gave nothing") }

        var compiled: OpaquePointer?
        let status = unsafe likeness_openvino_compile(&functions, core, path, Int32(threadCount), &compiled)
        guard status == 0, let compiled = unsafe compiled else {
            throw library.error(status, "compiling \(path)")
        }
        (self.library, unsafe self.compiled) = (library, unsafe compiled)
    }

    deinit { unsafe self.library.functions.compiled_model_free(self.compiled) }

    /// Makes a request, which the caller frees.
    func makeRequest() throws(EmbeddingError) -> OpaquePointer {
        var request: OpaquePointer?
        let status = unsafe self.library.functions.compiled_model_create_infer_request(self.compiled, &request)
        guard status == 0, let request = unsafe request else {
            throw self.library.error(status, "creating an inference request")
        }
        return unsafe request
    }
}
