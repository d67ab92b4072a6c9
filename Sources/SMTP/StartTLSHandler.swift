import NIOCore

/// Passes bytes on as they are until STARTTLS (RFC 3207), and from then on through OpenSSL.
final class StartTLSHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Asks for encryption from here on.
  struct Begin: Sendable {
    /// How many bytes of the client were answered so far. What came beyond them in clear was not said by whom the
    /// encryption is with: the connection is closed.
    let consumed: Int

    init(after consumed: Int) { self.consumed = consumed }
  }

  private let tls: TLSContext
  private var connection: TLSConnection?
  private var passed = 0

  init(_ tls: TLSContext) { self.tls = tls }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    guard let connection else {
      passed += buffer.readableBytes
      return context.fireChannelRead(data)
    }
    do {
      let read = try connection.receive(Array(buffer.readableBytesView))
      flush(connection, context)
      if !read.bytes.isEmpty { context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: read.bytes))) }
      if read.isClosed { context.close(promise: nil) }
    } catch {
      flush(connection, context)
      context.fireErrorCaught(error)
      context.close(promise: nil)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard let connection else { return context.write(data, promise: promise) }
    do {
      let sealed = try connection.send(Array(unwrapOutboundIn(data).readableBytesView))
      context.write(wrapOutboundOut(ByteBuffer(bytes: sealed)), promise: promise)
    } catch {
      promise?.fail(error)
      context.close(promise: nil)
    }
  }

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?)
  {
    guard let begin = event as? Begin else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    guard connection == nil, passed == begin.consumed else {
      promise?.fail(TLSError("bytes came behind STARTTLS before it was answered"))
      return context.close(promise: nil)
    }
    do {
      connection = try TLSConnection(tls)
      context.writeAndFlush(
        wrapOutboundOut(ByteBuffer(string: SMTPAnswer.readyForTLS.line)), promise: nil)
      promise?.succeed()
    } catch {
      promise?.fail(error)
      context.close(promise: nil)
    }
  }

  private func flush(_ connection: TLSConnection, _ context: ChannelHandlerContext) {
    let sealed = connection.pending()
    if !sealed.isEmpty {
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: sealed)), promise: nil)
    }
  }
}
