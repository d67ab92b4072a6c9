extension SentimentExamples {
  static let portuguese = SentimentExamples(
    angry: """
      Isto é uma vergonha, estou à espera há três semanas!
      VOCÊS SÃO LADRÕES, QUERO MEU DINHEIRO DE VOLTA!!!
      Isso é um golpe, vou no Procon
      Péssimo atendimento, o pior que já tive
      Inaceitável, vou falar com o meu advogado
      Estou farta, ninguém responde e cobraram duas vezes
      Que palhaçada, vocês são uns mentirosos
      Um absurdo!! Nunca mais compro aqui
      Estou furioso, isto é inadmissível
      Obrigado por nada, bando de incompetentes
      q lixo de empresa, uma merda
      Fui enganado, isto é uma fraude, vou apresentar queixa no livro de reclamações 😡
      Há dois meses que reclamo e ninguém faz nada, vou à polícia. Isto é um roubo
      Vocês me roubaram 200 reais, bando de bandidos
      Desligaram o telefone na minha cara, que falta de educação!!
      Chega de desculpas, quero meu dinheiro HOJE
      Empresa horrível, nunca mais compro nada com vocês
      Isso é uma vergonha, já abri reclamação no Reclame Aqui
      Quatro horas no telefone para me dizerem para ligar amanhã, isso é uma piada?
      Vou cancelar, estou cansado das suas mentiras!
      Voo cancelado sem aviso e nenhuma ajuda, uma companhia vergonhosa
      O vosso banco é incompetente, esvaziaram a minha conta e ninguém faz nada
      É a terceira vez que isso acontece, vocês são uns idiotas
      """,
    negative: """
      O produto chegou quebrado
      O artigo veio partido e com defeito
      Estou desiludido com a qualidade
      A entrega está atrasada outra vez
      O aplicativo não funciona desde ontem
      Não estou satisfeita com a resposta
      Ainda nao recebi o reembolso
      O produto é bom mas a entrega foi muito demorada
      Obrigada pela resposta, mas o problema não foi resolvido
      Faltam dois itens na minha encomenda
      Não gostei nada
      infelizmente veio o tamanho errado 😕
      A calça ficou pequena e o tecido é de má qualidade
      Fui cobrado duas vezes pelo mesmo pedido
      Ninguém me ligou de volta ainda
      A caixa chegou aberta e faltava o carregador
      O cupom de desconto não funciona
      É caro demais para o que oferece
      Estou sem internet desde ontem à noite
      O atendente não soube responder à minha pergunta
      Estou um pouco desiludida com o hotel
      A fatura veio mais alta do que o previsto
      """,
    neutral: """
      Onde está a minha encomenda?
      Quando chega meu pedido?
      Bom dia, como posso alterar a minha morada?
      Comprei duas cadeiras na segunda-feira
      Posso pagar com Pix?
      Quanto tempo demora a entrega para os Açores?
      Gostaria de saber se este artigo existe em azul
      O número do meu pedido é 45871
      Como faço para devolver um produto?
      Sim, o endereço é esse
      Oi, boa tarde, qual o horário da loja?
      Preciso mudar a data da consulta por favor
      Olá, quero cancelar meu pedido 7781
      Que documentos preciso para abrir uma conta?
      A loja do Porto está aberta ao domingo?
      Segue em anexo a fatura
      Vocês têm esse modelo no tamanho 42?
      Como posso pedir o reembolso?
      Queria cancelar a minha subscrição no fim do mês
      Dá para adicionar uma mala depois da reserva?
      A minha consulta é às 14h, preciso levar a carteirinha?
      Oi, não encontro onde baixar a fatura, podem me mandar o link?
      """,
    positive: """
      Muito obrigado pela ajuda!
      Ótimo atendimento, recomendo
      Perfeito, agora funciona 👍
      Nada mal, gostei
      Estou muito satisfeita com a compra
      Vocês são os melhores, valeu demais
      Entrega rápida e produto de qualidade, parabéns
      Demorou um pouco mas o produto é lindo
      Sem problemas, chegou tudo bem, obrigada
      Muito simpáticos, fiquei encantada
      obg pelo retorno rapido
      Adorei, é mesmo o que eu queria
      Ótimo, obrigado pela resposta tão rápida
      Já está tudo resolvido, ajudaram imenso
      Queria dar os parabéns à equipa pelo profissionalismo
      O sofá é ainda mais bonito ao vivo, ficamos muito felizes
      Tudo certo, vou comprar de novo
      Que maravilha, entregaram em um dia
      A técnica foi muito competente, agradeço a ela
      Estadia inesquecível, vamos voltar
      Vocês salvaram minha vida, obrigada!!
      O aplicativo é muito bem feito
      """)
}
