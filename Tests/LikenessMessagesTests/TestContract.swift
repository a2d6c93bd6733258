internal import CLikenessTestMessages

/// The messages of proto/likeness/test/v1.
enum TestContract {
    /// The test's files as an encoded `FileDescriptorSet`, imports included.
    static var fileDescriptorSet: [UInt8] {
        Array(UnsafeBufferPointer(start: likeness_test_descriptor_set(), count: likeness_test_descriptor_set_size()))
    }
}
