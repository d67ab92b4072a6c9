import Contracts
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Keyring

/// The chat's one front end, which is built into the executable: a script with its style in it, for any site, and
/// the page of our own that holds nothing else.
enum WidgetAssets {
  /// The script with the style as its string.
  static let script: [UInt8] = {
    let source = String(decoding: PackageResources.widget_js, as: UTF8.self)
    // A string is always JSON.
    let style = (try? JSON.encode(String(decoding: PackageResources.widget_css, as: UTF8.self))) ?? []
    return Array(
      source.split(separator: "\"{{style}}\"", omittingEmptySubsequences: false)
        .joined(separator: String(decoding: style, as: UTF8.self)).utf8)
  }()

  private static let tag = "\"\(hexadecimal(SHA256.hash(data: script).prefix(16)))\""

  static func script(for request: Request) -> Response {
    let headers: HTTPFields = [
      .contentType: "text/javascript; charset=utf-8", .cacheControl: "public, max-age=300", .eTag: tag,
      .contentTypeOptions: "nosniff", .crossOriginResourcePolicy: "cross-origin",
    ]
    if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
    return Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: script)))
  }

  static func page(title: String, connection: ConnectionID) -> Response {
    let html = String(decoding: PackageResources.chat_html, as: UTF8.self)
      .replacing("{{title}}", with: escaped(title)).replacing("{{connection}}", with: "\(connection)")
    var response = Response.text(html, type: "text/html; charset=utf-8")
    // Nothing but our own script and endpoints; no frame of another site, no form. The style is one that the script
    // constructs, which needs no permission. Logos lie anywhere; files are read by the script.
    response.headers[.contentSecurityPolicy] =
      "default-src 'none'; script-src 'self'; connect-src 'self'; img-src https: data: blob:; media-src blob:; "
      + "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    response.headers[.referrerPolicy] = "no-referrer"
    response.headers[.frameOptions] = "SAMEORIGIN"
    return response
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      // So that what is put in cannot be taken for a place to put something in.
      case "{": escaped += "&#123;"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
