/// The version of every program of the product, for they come together, by semantic versioning.
package enum ProductVersion {
    package static let current = "0.1.0"
}
