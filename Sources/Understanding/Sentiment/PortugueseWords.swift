extension Tongue {
  /// Of Brazil and of Portugal.
  static let portuguese = Tongue(
    lines: """
      -3.4 golpe golpes golpist* ladrão ladrões burla burlas burlão burlões burlad* vigaris* vigarice* estelionat* pilantra*
      -3.4 canalha* merda* bosta* porra caralho foda foder* fdp puta puto sem_vergonha*
      -3.0 vergonh* inaceitáve* inadmissíve* intoleráve* palhaç* péssim* nojo nojent* furios* revoltad* revoltant* bandid*
      -3.0 criminos* falta_de_educação picaret* aldrab* trapaç* falta_de_respeito desgraç* mentiros* incompet* mentir*
      -3.0 mentindo idiot* imbecil imbecis uma_piada fora_de_mim é_um_roubo roubando
      -2.8 absurd* horríve* horroros* lixo porcaria* indignad* indignaç* desrespeit* descaso farto farta fartos fraud*
      -2.8 enganad* enganam enganaram enganação odeio ódio escândalo escandalos* extors*
      -2.6 pior piores ridícul* raiva denúnci* denunciar* terríve* desastr* pesadelo* lamentáve* chega_de abus* nunca_mais
      -2.6 livro_de_reclamações
      -2.2 ilegal ilegais polícia advogad* procon queixa* reclame_aqui tribunal inútil inúteis irritad* mal_educad*
      -2.2 maleducad* lesad* gozar brincadeira perda_de_tempo droga estúpid*
      -2.0 decepcion* decepç* desilud* desilus* desapont* ruim ruins insatisfeit* descontent* frustr* desesper* grosseir*
      -2.0 obrigado_por_nada obrigada_por_nada roubo roubad* roubar*
      -1.8 mal mau maus má_qualidade chatead* aborrecid* prejuízo* prejudicad*
      -1.6 não_pode_ser triste* chato chata ignorad* ignoram recus* sujo suja sujos sujas sujeira sujidade cobrado_duas_vezes
      -1.6 cobraram_duas_vezes cansado cansada
      -1.4 quebrad* partido partidos avari* danificad* estragad* defeit* problema* falha* falhou impossíve* extraviad* sumiu
      -1.2 erro erros errad* atraso* atrasad* atrasou demorado demorada demorados lento lenta lentos lentidão falta faltam
      -1.2 faltou faltava faltando muito_caro caro_demais caríssim* complicad* incorret* incorrect* incomplet* reclama*
      -1.2 preocupad* travando travou
      -1.0 esperando aguardando à_espera pena difícil difíceis bloquead* perdid*
      -0.9 infelizmente lamentavelmente
      0 funcion* chega* chegou respond* respost* receb* resolv* reembols* devolv* entreg* atend* serve servem presta normal*
      0 ligou ligaram retornaram mais_rápido_possível sério correspond* aceitáve* adianta bom_dia boa_tarde boa_noite
      0 tudo_bem por_gentileza porto_alegre
      0.7 bem melhor ok
      1.2 bom boa bons prátic* fácil fáceis barat* confiança
      1.4 rápido rápida rápidos rápidas rapidez rapidinho útil úteis legal deu_certo tudo_certo certinho educad*
      1.6 ajudou ajudaram valeu vlw agradec* gostei gostamos gosto gentil gentis
      1.8 obrigad* obg obgd brigad* contente* satisfeit* eficien* eficaz bonit* bacana* fixe porreir* recomendo recomendad*
      1.8 simpátic* atencioso atenciosa atenciosos prestáve* amáve* confiáve* grato grata show vale_a_pena
      2.2 feliz felizes alegr* encantad* lindo linda lindos lindas amei amo super top melhores incríve*
      2.4 ótimo ótima ótimos ótimas óptimo óptima óptimos óptimas parabéns adorei adoro adoramos
      2.8 perfeit* excelent* maravilh* fantástic* espetacular* espectacular* impecáve* sensaciona* inesquecíve*
      """,
    negations: "não n ninguém nunca jamais nenhum nenhuma sem nem nada tampouco",
    intensifiers: """
      muito muita mto mt super tão realmente totalmente completamente absolutamente extremamente demasiado bastante
      verdadeiramente mesmo bem
      """,
    turns: "mas porém contudo entretanto todavia")
}
