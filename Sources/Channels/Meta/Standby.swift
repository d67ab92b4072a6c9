extension InboundMessage {
  /// As it is told of a conversation that another app has.
  var onStandby: InboundMessage {
    InboundMessage(
      providerID: providerID, origin: origin, content: content, partOf: partOf, isOverheard: isOverheard,
      isStandby: true)
  }
}

extension InboundEdit {
  /// As it is told of a conversation that another app has.
  var onStandby: InboundEdit {
    InboundEdit(
      providerID: providerID, target: target, origin: origin, content: content, partOf: partOf,
      isOverheard: isOverheard, isStandby: true)
  }
}
