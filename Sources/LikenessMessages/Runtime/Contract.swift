internal import CLikenessMessages

/// Everything that the `.proto` files say: messages, methods and the files themselves.
public enum Contract {
    /// The files as an encoded `google.protobuf.FileDescriptorSet`, each after its imports,
    /// ours with their comments.
    public static var fileDescriptorSet: [UInt8] {
        // SAFETY: a constant array of the C module and its size.
        unsafe Array(UnsafeBufferPointer(start: likeness_descriptor_set(), count: likeness_descriptor_set_size()))
    }
}
