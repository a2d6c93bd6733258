internal import COpenVINO

/// One thread's seat at the model: its inference request and the tensors that belong to it.
@safe final class OpenVINOSession: InferenceSession {
    private let model: OpenVINOModel
    private let dimension: Int
    // SAFETY: `InferenceSession` promises that one thread at a time calls `infer`; freed once, in `deinit`.
    private nonisolated(unsafe) let request: OpaquePointer

    init(model: OpenVINOModel, dimension: Int) throws(EmbeddingError) {
        (self.model, self.dimension) = (model, dimension)
        unsafe self.request = try model.makeRequest()
    }

    deinit { unsafe self.model.library.functions.infer_request_free(self.request) }

    func infer(_ sequences: [[Int32]]) throws(EmbeddingError) -> [[Float]] {
        let longest = sequences.reduce(0) { max($0, $1.count) }
        guard longest > 0 else { return [] }
        let step = sequences.count == 1 ? 1 : BatchQueue.lengthStep
        let columns = (longest + step - 1) / step * step
        try self.fill("input_ids", sequences, columns: columns) { Int64($0) }
        // 1 where there is a token, 0 in the padding at the end of shorter sequences.
        try self.fill("attention_mask", sequences, columns: columns) { _ in 1 }
        try self.fill("token_type_ids", sequences, columns: columns) { _ in 0 }
        try self.model.library.check(unsafe self.model.library.functions.infer_request_infer(self.request), "inference")

        let output = try self.tensor("last_hidden_state", element: likeness_openvino_f32)
        let (dimension, expected) = (self.dimension, sequences.count * columns * self.dimension)
        let vectors = try output.withElements(of: Float.self) { states -> [[Float]] in
            guard states.count == expected else { return [] }
            return sequences.enumerated().compactMap { row, sequence in
                let first = row * columns * dimension
                return MeanPooling.pool(
                    states.span.extracting(first..<first + sequence.count * dimension),
                    dimension: dimension
                )
            }
        }
        guard vectors.count == sequences.count else {
            throw .failed("the model did not give \(dimension) usable numbers a token")
        }
        return vectors
    }

    /// Fills one input row by row, zeros after each sequence's end.
    private func fill(
        _ name: String,
        _ sequences: [[Int32]],
        columns: Int,
        _ value: (Int32) -> Int64
    ) throws(EmbeddingError) {
        let tensor = try self.tensor(name, element: likeness_openvino_i64)
        try tensor.reshape(rows: sequences.count, columns: columns)
        try tensor.withElements(of: Int64.self) { cells in
            for (row, sequence) in sequences.enumerated() {
                for column in 0..<columns {
                    cells[row * columns + column] = column < sequence.count ? value(sequence[column]) : 0
                }
            }
        }
    }

    private func tensor(_ name: String, element: Int32) throws(EmbeddingError) -> OpenVINOTensor {
        try unsafe OpenVINOTensor(named: name, of: self.request, library: self.model.library, element: element)
    }
}
