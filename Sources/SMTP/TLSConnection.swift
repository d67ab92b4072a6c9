import COpenSSL

/// A certificate with its key, for the server's side of TLS 1.2 and 1.3.
package final class TLSContext: Sendable {
  // OpenSSL counts the references of a context atomically, and nothing of it is changed once it is made.
  nonisolated(unsafe) fileprivate let context: OpaquePointer

  /// - Parameters:
  ///   - certificate: a PEM file, the server's own certificate first.
  ///   - key: a PEM file.
  package init(certificate: String, key: String) throws(TLSError) {
    guard let context = SSL_CTX_new(TLS_server_method()) else { throw TLSError.ofLibrary() }
    self.context = context
    guard copenssl_set_minimum(context) == 1,
      SSL_CTX_use_certificate_chain_file(context, certificate) == 1
    else {
      throw TLSError("the certificate in \(certificate) cannot be used: \(TLSError.ofLibrary().message)")
    }
    guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1,
      SSL_CTX_check_private_key(context) == 1
    else { throw TLSError("the key in \(key) cannot be used: \(TLSError.ofLibrary().message)") }
  }

  deinit { SSL_CTX_free(context) }
}

/// One connection's encryption, between bytes in clear and bytes on the wire; confined to one thread.
final class TLSConnection {
  private let ssl: OpaquePointer
  // Owned by `ssl`.
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer

  init(_ tls: TLSContext) throws(TLSError) {
    guard let ssl = SSL_new(tls.context), let incoming = BIO_new(BIO_s_mem()),
      let outgoing = BIO_new(BIO_s_mem())
    else { throw TLSError.ofLibrary() }
    self.ssl = ssl
    self.incoming = incoming
    self.outgoing = outgoing
    SSL_set_bio(ssl, incoming, outgoing)
    SSL_set_accept_state(ssl)
  }

  deinit { SSL_free(ssl) }

  /// Takes what came on the wire and gives what it says. There may be something `pending` afterwards.
  func receive(_ bytes: [UInt8]) throws(TLSError) -> (bytes: [UInt8], isClosed: Bool) {
    guard bytes.isEmpty || BIO_write(incoming, bytes, Int32(bytes.count)) == Int32(bytes.count) else {
      throw TLSError.ofLibrary()
    }
    ERR_clear_error()
    var plain: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      // Shakes hands first where that is not done yet.
      let count = SSL_read(ssl, &piece, Int32(piece.count))
      if count > 0 {
        plain += piece[..<Int(count)]
        continue
      }
      switch SSL_get_error(ssl, count) {
      case SSL_ERROR_WANT_READ: return (plain, false)
      case SSL_ERROR_ZERO_RETURN: return (plain, true)
      default: throw TLSError.ofLibrary()
      }
    }
  }

  /// What goes on the wire for bytes.
  func send(_ bytes: [UInt8]) throws(TLSError) -> [UInt8] {
    guard !bytes.isEmpty else { return pending() }
    guard SSL_write(ssl, bytes, Int32(bytes.count)) == Int32(bytes.count) else { throw TLSError.ofLibrary() }
    return pending()
  }

  /// What is to go on the wire.
  func pending() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(outgoing))
    let count = bytes.isEmpty ? 0 : BIO_read(outgoing, &bytes, Int32(bytes.count))
    return Array(bytes.prefix(max(0, Int(count))))
  }
}

/// Why there is no encryption.
package struct TLSError: Error, CustomStringConvertible {
  package let message: String

  init(_ message: String) { self.message = message }

  /// What OpenSSL noted last on this thread; its queue is empty afterwards.
  static func ofLibrary() -> TLSError {
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(ERR_get_error(), &text, text.count)
    ERR_clear_error()
    return TLSError(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  package var description: String { "tls: \(message)" }
}
