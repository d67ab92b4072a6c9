import HTTPTypes
import Hummingbird

/// The page and its two files, which are built into the executable.
enum ChatPage {
  static var script: Response { asset(PackageResources.chat_js, "text/javascript; charset=utf-8") }
  static var style: Response { asset(PackageResources.chat_css, "text/css; charset=utf-8") }

  static func page(title: String) -> Response {
    let html = String(decoding: PackageResources.chat_html, as: UTF8.self)
      .split(separator: "{{title}}", omittingEmptySubsequences: false).joined(separator: escaped(title))
    var response = Response.text(html, type: "text/html; charset=utf-8")
    // Nothing but our own script, style and endpoints; no frame of another site, no form.
    response.headers[.contentSecurityPolicy] =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
      + "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    response.headers[.referrerPolicy] = "no-referrer"
    response.headers[.frameOptions] = "SAMEORIGIN"
    return response
  }

  private static func asset(_ bytes: [UInt8], _ type: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: type, .cacheControl: "public, max-age=300"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
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
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
