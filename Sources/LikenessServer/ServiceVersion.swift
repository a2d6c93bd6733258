/// The version of `likenessd`, by semantic versioning.
package enum ServiceVersion {
    package static let current = "0.1.0"
}
