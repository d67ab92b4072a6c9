extension SentimentExamples {
  static let spanish = SentimentExamples(
    angry: """
      ¡Esto es una vergüenza, llevo tres semanas esperando!
      SOIS UNOS LADRONES, DEVOLVEDME MI DINERO!!!
      Es una estafa, voy a denunciarlos
      Estoy harta de ustedes, nadie contesta y me cobraron dos veces
      Pésimo servicio, el peor que he tenido en mi vida
      Inaceptable, quiero hablar con un abogado
      Me estáis tomando el pelo, sois unos sinvergüenzas
      Qué asco de empresa, nunca más compro aquí
      Estoy muy enfadado, esto es indignante
      Gracias por nada, son unos inútiles y unos mentirosos
      que mierda de servicio, una porqueria
      Es una falta de respeto TOTAL, estoy furioso 😡
      Llevo dos meses reclamando y nadie hace nada, voy a ir a consumo y a poner una denuncia
      ¿Me vais a devolver el dinero o tengo que ir a la policía? Esto es un robo
      Me colgaron el teléfono tres veces, qué falta de educación tan grande!!
      Basta ya de excusas, quiero una solución HOY
      Son unos rateros, me cobraron algo que no pedí
      Increíble lo mal que funciona todo, no vuelvo a comprar jamás en esta tienda de mierda
      Cuatro horas al teléfono para que me digan que llame mañana, ¿es una broma?
      Me doy de baja, estoy cansado de sus mentiras!
      Vuelo cancelado sin avisar y ninguna ayuda, una compañía lamentable
      Su banco es incompetente, me vaciaron la cuenta y nadie hace nada
      Es la tercera vez que pasa, son una panda de inútiles
      """,
    negative: """
      El producto llegó roto
      Estoy decepcionado con la calidad
      Mi pedido viene con retraso otra vez
      La aplicación no funciona desde ayer
      No estoy contenta con la respuesta
      Todavía no he recibido el reembolso
      El producto es bueno pero el envío fue muy lento
      Gracias por responder, pero el problema sigue sin resolverse
      Faltan dos artículos en mi paquete
      No me gusta nada
      lamentablemente me cobraron de mas
      La talla es incorrecta 😕
      El pantalón me queda pequeño y la tela es de mala calidad
      Me cobraron dos veces el mismo pedido
      Nadie me ha llamado todavía
      El paquete llegó abierto y faltaba el cargador
      El código de descuento no me deja pagar
      Es demasiado caro para lo que ofrece
      No tengo internet desde anoche
      El asesor no supo responder a mi pregunta
      Estoy un poco decepcionada con el hotel
      La factura es más alta de lo previsto
      """,
    neutral: """
      ¿Cuándo llega mi pedido?
      Donde esta mi pedido
      Buenos días, ¿cómo puedo cambiar mi dirección?
      Compré dos sillas el lunes
      ¿Puedo pagar con tarjeta?
      ¿Cuánto tarda el envío a Canarias?
      Quisiera saber si este artículo está disponible en azul
      Mi número de pedido es 45871
      ¿Cómo hago para devolver un artículo?
      Sí, esa es la dirección
      Hola, buenas tardes, quería consultar el horario de la tienda
      Necesito modificar la fecha de la cita por favor
      Hola, quiero cancelar mi pedido 7781
      ¿Qué documentos necesito para abrir una cuenta?
      ¿Está abierta la tienda de Sevilla el domingo?
      Les adjunto la factura
      ¿Tienen este modelo en talla 42?
      ¿Cómo puedo solicitar un reembolso?
      Quisiera dar de baja mi suscripción a fin de mes
      ¿Se puede añadir una maleta después de reservar?
      Mi cita es a las 14, ¿tengo que llevar la tarjeta sanitaria?
      Hola, no encuentro dónde descargar mi factura, ¿me pueden indicar el enlace?
      """,
    positive: """
      ¡Muchas gracias por su ayuda!
      Excelente servicio, lo recomiendo
      Perfecto, ya funciona 👍
      No está mal, me gusta
      Estoy muy contenta con mi compra
      Sois los mejores, mil gracias
      Envío rápido y producto de calidad, genial
      Tardó un poco pero el producto es precioso
      Ningún problema, todo llegó bien, gracias
      Muy amables, quedé encantado
      muchisimas gracias todo ok
      Me encanta, es justo lo que quería
      Genial, gracias por la respuesta tan rápida
      Ya está todo arreglado, fueron de gran ayuda
      Quiero felicitar al equipo por su profesionalidad
      El sofá es aún más bonito en persona, estamos muy contentos
      Todo perfecto, volveré a comprar
      Qué maravilla, me lo entregaron en un día
      La técnica fue muy competente, gracias a ella
      Una estancia inolvidable, volveremos
      Me han salvado la vida, gracias!!
      La aplicación está muy bien hecha
      """)
}
