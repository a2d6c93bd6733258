internal import COpenVINO

/// One of a request's inputs or outputs. Its memory is the request's, which must outlive it.
@safe struct OpenVINOTensor: ~Copyable {
    private let library: OpenVINOLibrary
    private let raw: OpaquePointer

    /// Takes hold of a request's tensor by name.
    ///
    /// - Throws: `.failed` when there is none, or its elements are of another type than `element`.
    init(
        named name: String,
        of request: OpaquePointer,
        library: OpenVINOLibrary,
        element: Int32
    ) throws(EmbeddingError) {
        var raw: OpaquePointer?
        let status = unsafe library.functions.infer_request_get_tensor(request, name, &raw)
        guard status == 0, let raw = unsafe raw else { throw library.error(status, "finding the model's \(name)") }
        var found: Int32 = 0
        let typeStatus = unsafe library.functions.tensor_get_element_type(raw, &found)
        guard typeStatus == 0, found == element else {
            unsafe library.functions.tensor_free(raw)
            throw .failed("the model's \(name) has elements of type \(found), not \(element)")
        }
        (self.library, unsafe self.raw) = (library, unsafe raw)
    }

    deinit { unsafe self.library.functions.tensor_free(self.raw) }

    /// Gives the tensor `rows` × `columns` elements, whose values are then undefined.
    func reshape(rows: Int, columns: Int) throws(EmbeddingError) {
        var dimensions = [Int64(rows), Int64(columns)]
        let status = unsafe dimensions.withUnsafeMutableBufferPointer { dimensions in
            unsafe self.library.functions.tensor_set_shape(
                self.raw,
                ov_shape_t(rank: 2, dims: dimensions.baseAddress)
            )
        }
        try self.library.check(status, "shaping an input as \(rows) × \(columns)")
    }

    /// Lends the elements, which must be of the type that `init` checked.
    func withElements<Element: BitwiseCopyable, Value>(
        of type: Element.Type,
        _ body: (inout MutableSpan<Element>) -> Value
    ) throws(EmbeddingError) -> Value {
        var data: UnsafeMutableRawPointer?
        var count = 0
        try self.library.check(unsafe self.library.functions.tensor_get_size(self.raw, &count), "sizing a tensor")
        try self.library.check(unsafe self.library.functions.tensor_data(self.raw, &data), "reading a tensor")
        guard let data = unsafe data else { throw .failed("a tensor of \(count) elements has no memory") }
        // SAFETY: OpenVINO keeps `count` aligned elements there until the shape changes, which only this method can do now.
        let elements = unsafe UnsafeMutableBufferPointer(
            start: data.assumingMemoryBound(to: Element.self),
            count: count
        )
        var span = unsafe elements.mutableSpan
        return body(&span)
    }
}
