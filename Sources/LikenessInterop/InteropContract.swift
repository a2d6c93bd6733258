internal import CLikenessInterop

/// The messages and methods of `proto/likeness/interop/v1`.
public enum InteropContract {
    /// The files as an encoded `google.protobuf.FileDescriptorSet`, each after its imports.
    public static var fileDescriptorSet: [UInt8] {
        // SAFETY: a constant array of the C module and its size.
        unsafe Array(
            UnsafeBufferPointer(
                start: likeness_interop_descriptor_set(),
                count: likeness_interop_descriptor_set_size()
            )
        )
    }
}
