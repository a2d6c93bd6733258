/// Upper bounds of histograms.
///
/// - SeeAlso: [gRFC A66](https://github.com/grpc/proposal/blob/master/A66-otel-stats.md), whose bounds begin low enough for calls
///   of half a millisecond; OpenTelemetry's default begins at five.
enum HistogramBounds {
    /// Seconds.
    static let latency = [
        0.000_01, 0.000_05, 0.000_1, 0.000_3, 0.000_6, 0.000_8, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01,
        0.013,
        0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 2,
        5, 10, 20,
        50, 100,
    ]
    /// Anything that is counted.
    static let counts: [Double] = [
        1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536,
    ]
}
