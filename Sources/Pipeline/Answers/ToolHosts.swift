import Contracts
import HTTPClient

/// The servers that agents' tools may call, as the operator lists them; none where nothing is listed.
package struct ToolHosts: Sendable {
  package enum Access: Sendable, Equatable {
    /// By https, at addresses of the public internet.
    case publicInternet
    /// Wherever it is, by http too: the operator says that it is meant.
    case anywhere
  }

  private struct Entry: Sendable {
    let name: String
    let isSuffix: Bool
    let port: String?
    let access: Access
  }

  private let entries: [Entry]

  /// - Parameter list: `shop.example`, `*.shop.example` (any host below it) or `private:orders.internal:8080`,
  ///   separated by commas or blanks. Without a port the scheme's own is meant.
  package init(_ list: String = "") {
    entries = list.lowercased().split { $0 == "," || $0.isWhitespace }.map { item in
      var item = item
      let access: Access = item.hasPrefix("private:") ? .anywhere : .publicInternet
      if access == .anywhere { item = item.dropFirst("private:".count) }
      let isSuffix = item.hasPrefix("*.")
      if isSuffix { item = item.dropFirst() }
      let colon = item.hasSuffix("]") ? nil : item.lastIndex(of: ":")
      return Entry(
        name: String(colon.map { item[..<$0] } ?? item), isSuffix: isSuffix,
        port: colon.map { String(item[item.index(after: $0)...]) }, access: access)
    }
  }

  /// Nil when the URL may not be called.
  package func access(to url: String) -> Access? {
    guard let host = try? Host(url: url) else { return nil }
    let standard = host.scheme == "https" ? "443" : "80"
    let entry = entries.first { entry in
      (entry.isSuffix ? host.name.hasSuffix(entry.name) : host.name == entry.name)
        && host.port == entry.port ?? standard
    }
    guard let entry, entry.access == .anywhere || host.scheme == "https" else { return nil }
    return entry.access
  }
}
