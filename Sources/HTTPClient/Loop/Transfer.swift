import CCurl
import Foundation

/// One request under way and the libcurl handle that it owns; confined to the loop's thread.
final class Transfer {
  let request: PreparedRequest
  let easy: UnsafeMutableRawPointer

  /// libcurl has been about to write the request: from here on the server may have received it.
  private(set) var mayHaveBeenSent = false
  /// Why a callback stopped the transfer, which libcurl only knows as a failed callback.
  var failure: HTTPClientError?
  /// An address of the host was refused; another one may still be connected to.
  private var hasRefusedAddress = false
  private var head = ResponseHeadParser()
  private var bodyBytes = 0
  var headerList: UnsafeMutablePointer<curl_slist>?
  let errorText: UnsafeMutablePointer<CChar>

  static func make(
    _ request: PreparedRequest, certificateAuthorities: String?
  ) -> Result<Transfer, HTTPClientError> {
    guard let easy = curl_easy_init() else {
      return .failure(
        HTTPClientError(code: .internalFailure, message: "libcurl is out of memory", requestWasNotSent: true))
    }
    let transfer = Transfer(request, easy: easy)
    transfer.configure(certificateAuthorities: certificateAuthorities)
    return transfer.failure.map { .failure($0) } ?? .success(transfer)
  }

  private init(_ request: PreparedRequest, easy: UnsafeMutableRawPointer) {
    self.request = request
    self.easy = easy
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(headerList)
    errorText.deallocate()
  }

  /// The transfer behind a handle that libcurl names. Valid while the table holds the transfer.
  static func of(easy: UnsafeMutableRawPointer) -> Transfer? {
    var pointer: UnsafeMutablePointer<CChar>?
    guard ccurl_get_private(easy, &pointer) == CURLE_OK, let pointer else { return nil }
    return Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Offers the refused bytes to the receiver again.
  func resume() {
    _ = curl_easy_pause(easy, CURLPAUSE_CONT)
  }

  // MARK: Callbacks of libcurl

  /// Called each time that a connection is there and the request is about to be written to it; returns false to
  /// keep it from being written.
  ///
  /// libcurl repeats a request by itself, whatever its method, when a reused connection breaks before the first
  /// byte of the response ("Connection died, retrying a fresh connect": `Curl_retry_request` in its
  /// lib/transfer.c). The server may have acted on the first one, so a POST could be done twice. No option turns
  /// that off; refusing the second write does, without giving up kept connections. HTTP/2's refused streams and
  /// the fallback to HTTP/1.1 are repeated by the same path and are refused with it.
  func preRequest(to address: String?) -> Bool {
    // A kept connection may be one that another request, free to go anywhere, opened.
    guard request.request.destination == .any || address.map(PublicAddress.includes) == true else {
      failure = addressRefused
      return false
    }
    guard !mayHaveBeenSent else {
      failure = HTTPClientError(
        code: .connectionLost, message: "the kept connection to \(request.host.name) broke before an answer",
        requestWasNotSent: false)
      return false
    }
    mayHaveBeenSent = true
    return true
  }

  /// Called before a connection to an address is tried; returns a new socket, or `CURL_SOCKET_BAD` to refuse.
  func open(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
    let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0
    // libcurl's struct ends in the address, which may be longer than it is declared.
    let bytes = UnsafeRawBufferPointer(
      start: UnsafeRawPointer(address) + offset, count: Int(address.pointee.addrlen))
    guard PublicAddress.includes(socketAddress: bytes) else {
      hasRefusedAddress = true
      return CURL_SOCKET_BAD
    }
    return socket(
      address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
      address.pointee.protocol)
  }

  private var addressRefused: HTTPClientError {
    HTTPClientError(
      code: .addressRefused, message: "\(request.host.name) has no address of the public internet",
      requestWasNotSent: !mayHaveBeenSent)
  }

  /// Returns false to stop the transfer.
  func receive(headerLine: UnsafeRawBufferPointer) -> Bool {
    switch head.receive(headerLine) {
    case .more: return true
    case .head(let head):
      request.receiver.receive(head: head)
      return true
    case .tooLarge:
      fail(.responseTooLarge, "the response headers exceed \(ResponseHeadParser.maximumBytes) bytes")
    case .malformed:
      fail(.malformedResponse, "a response header line is malformed")
    }
    return false
  }

  enum BodyOutcome { case taken, refused, stop }

  func receive(body: UnsafeRawBufferPointer) -> BodyOutcome {
    guard bodyBytes + body.count <= request.request.maximumResponseBytes else {
      fail(.responseTooLarge, "the response body exceeds \(request.request.maximumResponseBytes) bytes")
      return .stop
    }
    guard request.receiver.receive(chunk: body) else { return .refused }
    bodyBytes += body.count
    return .taken
  }

  private func fail(_ code: HTTPClientError.Code, _ message: String) {
    failure = HTTPClientError(code: code, message: message, requestWasNotSent: false)
  }

  // MARK: Result

  /// What libcurl's result means to the caller; nil for a whole response.
  func error(of result: CURLcode) -> HTTPClientError? {
    if let failure { return failure }
    guard result != CURLE_OK else { return nil }
    if hasRefusedAddress, result == CURLE_COULDNT_CONNECT { return addressRefused }
    let detail = String(cString: errorText[0] == 0 ? curl_easy_strerror(result) : UnsafePointer(errorText))
    return HTTPClientError(
      code: .init(result), message: "\(request.host.name): \(detail.lowercased())",
      requestWasNotSent: !mayHaveBeenSent)
  }
}
