/// Meta serves each version of the Graph API for about two years.
enum GraphVersion {
  /// Since July 2026 ("Graph API changelog").
  static let current = "v26.0"
}
