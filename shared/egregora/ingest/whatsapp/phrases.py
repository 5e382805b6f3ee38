"""The words WhatsApp itself puts into exports, by kind. One language a line; ``|`` separates variants."""

# ruff: noqa: E501 - one language a line reads better than lines of one length

from __future__ import annotations

from egregora.ingest.whatsapp.text import fold


def table(text: str) -> tuple[str, ...]:
    """The variants in a block of lines, as written."""
    return tuple(phrase.strip() for line in text.strip().splitlines() for phrase in line.split("|") if phrase.strip())


MEDIA_OMITTED = table("""
<Media omitted> | <Media was omitted> | <Media not included>
<Video message omitted> | <Video note omitted> | <View once voice message omitted> | <Voice message omitted>
<Medien ausgeschlossen> | <Medien weggelassen> | <Videonachricht weggelassen>
<Multimedia omitido> | <Archivo omitido> | <Medios omitidos> | <Se omitió el archivo>
<Mídia oculta> | <Arquivo de mídia oculto> | <Mídia omitida> | <Ficheiro não revelado> | <Ficheiro omitido>
<Médias omis> | <Fichier omis> | <Média omis> | <Fichiers omis>
<Media omesso> | <Media omessi> | <File omesso>
<Media weggelaten> | <Media achterwege gelaten>
<Media har utelämnats> | <Media utelämnad> | <Mediefil utelämnad>
<Media utelatt> | <Mediefil utelatt> | <Uten vedlegg> | <Medier utelatt>
<Mediefil udeladt> | <Media udeladt> | <Medier udeladt> | <Medie udeladt>
<Media jätettiin pois> | <Media poistettu>
<Fjölmiðlum sleppt>
<Без медиафайлов> | <Медиафайл исключён> | <Файл пропущен> | <Медиа скрыто>
<Медіа пропущено> | <Файл пропущено> | <Медіафайл пропущено> | <Без медіа>
<Без файл> | <Мултимедията е пропусната> | <Файлът е пропуснат>
<pominięto multimedia> | <Multimedia pominięte> | <plik został pominięty>
<Média vynechány> | <Média vynechaná> | <Multimédia vynechána>
<Médiá vynechané> | <Médium vynechané>
<Hiányzó médiafájl> | <Médiafájl kihagyva> | <Média elhagyva>
<Conținut media omis> | <Fișierul media a fost omis> | <Media omisă>
<Medijska datoteka izostavljena> | <Medijski zapis izostavljen> | <Izostavljen medijski sadržaj>
<Медији изостављени> | <Medij izpuščen> | <Medijska vsebina izpuščena>
<Медиумот е изоставен>
<Meedia ära jäetud> | <Meediafail välja jäetud>
<Faili izlaisti> | <Multivide izlaista> | <Multivides fails izlaists>
<Praleistas medijos failas> | <Medija praleista>
<Εξαίρεση πολυμέσων> | <Παράλειψη πολυμέσων>
<Medya dahil edilmedi> | <Medya atlandı> | <Medya çıkarıldı>
<Media file buraxılıb> | <Media buraxıldı>
<Медиафайл қосылмаған> | <Медиа тушуриб қолдирилган> | <Media tushirib qoldirilgan>
<המדיה לא נכללה> | <המדיה הושמטה> | <מדיה הושמטה>
<تم استبعاد الوسائط> | <تم حذف الوسائط> | <الوسائط غير مدرجة>
<رسانه حذف شد> | <پیوست نما/موسیقی حذف شد> | <پیوست نما حذف شد>
<میڈیا شامل نہیں> | <میڈیا چھوڑ دیا گیا>
<मीडिया के बिना> | <मीडिया छोड़ दिया गया> | <मीडिया शामिल नहीं है>
<मीडिया वगळले> | <मीडिया वगळण्यात आला>
<মিডিয়া বাদ দেওয়া হয়েছে> | <মিডিয়া বাদ পড়েছে>
<મીડિયા અવગણેલ છે> | <મીડિયા કાઢી નાખ્યું>
<ਮੀਡੀਆ ਛੱਡਿਆ ਗਿਆ>
<மீடியா நீக்கப்பட்டது> | <ஊடகம் தவிர்க்கப்பட்டது>
<మీడియా విస్మరించబడింది>
<ಮಾಧ್ಯಮ ಕೈಬಿಡಲಾಗಿದೆ>
<മീഡിയ ഒഴിവാക്കി>
<สื่อถูกลบ> | <ไม่รวมสื่อ> | <ละเว้นสื่อ>
<Media tidak disertakan> | <Media tak disertakan> | <Media diabaikan> | <Media ditinggalkan>
<Đã bỏ qua tệp phương tiện> | <Bỏ qua đa phương tiện> | <File phương tiện đã bị loại>
<Hindi kasama ang media> | <inalis ang media>
<Midia haijajumuishwa> | <Media imeachwa>
<Media weggelaat> | <Mediji janë lënë jashtë> | <Media u la jashtë>
<Multimèdia omesos> | <S'ha omès el contingut multimèdia> | <Multimedia non incluído> | <Multimedia utzita>
<メディアは含まれていません> | <メディアなし> | <メディアを除く>
<忽略多媒体文件> | <忽略媒体文件> | <省略多媒体文件> | <省略多媒體檔案> | <已忽略多媒體檔案> | <多媒體檔案略> | <媒體檔略去> | <未包含媒體>
<미디어 파일을 제외한> | <미디어 파일 생략> | <미디어 제외됨> | <미디어 생략> | <사진 및 동영상 생략됨>
""")
"""The whole of a first line on Android. Any of them may lack its brackets on an iPhone."""

_THINGS = table("""
image | video | audio | GIF | sticker | document | contact card | Contact card | video note | Voice message | view once photo
""")

OMITTED_THINGS = (
    *(f"{thing} omitted" for thing in _THINGS),
    *table("""
Bild weggelassen | Video weggelassen | Audio weggelassen | GIF weggelassen | Sticker weggelassen | Dokument weggelassen | Kontaktkarte ausgelassen | Kontaktkarte weggelassen | Videonachricht weggelassen
imagen omitida | Video omitido | audio omitido | GIF omitido | sticker omitido | documento omitido | Tarjeta de contacto omitida | nota de video omitida | imagen no incluida
imagem ocultada | imagem omitida | imagem não revelada | vídeo omitido | vídeo ocultado | vídeo não revelado | áudio ocultado | áudio omitido | áudio não revelado | GIF omitido | GIF ocultado | GIF não revelada | figurinha omitida | sticker omitido | sticker não revelado | documento omitido | documento ocultado | documento não revelado | Cartão do contato omitido | cartão de contacto omitido | mensagem de vídeo omitida
image absente | vidéo absente | audio omis | audio absent | GIF retiré | GIF absent | sticker omis | sticker absent | autocollant absent | document manquant | document omis | document absent | Fiche contact absente | Carte de contact omise | message vidéo absent
immagine omessa | video omesso | audio omesso | GIF esclusa | GIF omessa | sticker non incluso | sticker omesso | documento omesso | Scheda contatto omessa | videomessaggio omesso
afbeelding weggelaten | video weggelaten | audio weggelaten | GIF weggelaten | sticker weggelaten | document weggelaten | Contactkaart weggelaten | videobericht weggelaten
bild utelämnad | bild utelämnades | video utelämnad | video utelämnades | ljud utelämnat | ljud utelämnades | GIF utelämnad | GIF utelämnades | klistermärke utelämnat | dokument utelämnat | dokument utelämnades | kontaktkort utelämnat
bilde utelatt | bildet er utelatt | video utelatt | lyd utelatt | GIF utelatt | klistremerke utelatt | dokument utelatt | kontaktkort utelatt
billede udeladt | billede blev udeladt | video udeladt | video blev udeladt | lyd udeladt | lydfil udeladt | GIF udeladt | klistermærke udeladt | sticker udeladt | dokument udeladt | kontaktkort udeladt
kuva jätettiin pois | video jätettiin pois | ääni jätettiin pois | äänitiedosto jätettiin pois | GIF jätettiin pois | tarra jätettiin pois | asiakirja jätettiin pois | yhteystieto jätettiin pois
изображение отсутствует | изображение опущено | видео отсутствует | видео опущено | аудио отсутствует | аудиофайл отсутствует | GIF отсутствует | GIF опущено | стикер не добавлен | стикер отсутствует | документ отсутствует | документ опущен | Карточка контакта не добавлена | карточка контакта отсутствует
зображення відсутнє | зображення пропущено | відео відсутнє | відео пропущено | аудіо пропущено | аудіо відсутнє | GIF-анімацію пропущено | Наклейку не додано | документ пропущено | документ відсутній | Контактну картку пропущено
pominięto obraz | grafika została pominięta | obraz pominięty | pominięto wideo | film pominięty | pominięto audio | dźwięk pominięty | pominięto GIF | pominięto naklejkę | pominięto dokument | dokument pominięty | pominięto kartę kontaktu
obrázek vynechán | video vynecháno | audio vynecháno | zvuk vynechán | GIF vynechán | nálepka vynechána | dokument vynechán | Karta kontaktu vynechána | vizitka vynechána
obrázok vynechaný | obrázok bol vynechaný | video vynechané | zvuk vynechaný | audio vynechané | GIF vynechaný | nálepka vynechaná | dokument vynechaný | vizitka vynechaná
kép kihagyva | videó kihagyva | hang kihagyva | hanganyag kihagyva | GIF kihagyva | matrica kihagyva | dokumentum kihagyva | névjegy kihagyva
imagine omisă | video omis | videoclip omis | audio omis | GIF omis | autocolant omis | document omis | card de contact omis
slika izostavljena | videozapis izostavljen | video izostavljen | zvuk izostavljen | audio izostavljen | GIF izostavljen | naljepnica izostavljena | dokument izostavljen
slika izpuščena | video izpuščen | zvok izpuščen | GIF izpuščen | nalepka izpuščena | dokument izpuščen
изображението е пропуснато | видеото е пропуснато | аудиото е пропуснато | документът е пропуснат | стикерът е пропуснат
παραλείφθηκε εικόνα | παράλειψη εικόνας | παραλείφθηκε βίντεο | παράλειψη βίντεο | παραλείφθηκε ήχος | παράλειψη ήχου | παραλείφθηκε GIF | παράλειψη GIF | παράλειψη αυτοκόλλητου | παράλειψη εγγράφου
görüntü dahil edilmedi | video dahil edilmedi | ses dahil edilmedi | GIF dahil edilmedi | Çıkartma dahil edilmedi | belge dahil edilmedi | Kişi kartı dahil edilmedi | görüntülü mesaj dahil edilmedi
התמונה הושמטה | הסרטון הושמט | השמע הושמט | הוידאו הושמט | השמטת GIF | GIF הושמט | הסטיקר הושמט | הסטיקר לא נכלל | התמונה לא נכללה | המסמך הושמט | כרטיס איש הקשר הושמט | השמטת תמונה | השמטת וידאו | השמטת שמע
لم يتم إدراج الصورة | تم حذف الصورة | لم يتم إدراج الفيديو | لم يتم إدراج المقطع الصوتي | لم يتم إدراج الصوت | لم يتم إدراج صورة GIF | تم حذف الملصقات | لم يتم إدراج الملصق | لم يتم إدراج المستند | لم يتم إدراج المُستند | تم استبعاد الصورة | تم استبعاد الفيديو | تم استبعاد الصوت
تصویر حذف شد | ویدیو حذف شد | صدا حذف شد | گیف حذف شد | استیکر حذف شد | سند حذف شد
छवि हटा दी गई | इमेज छोड़ी गई | वीडियो छोड़ा गया | ऑडियो छोड़ा गया | स्टिकर छोड़ा गया | दस्तावेज़ छोड़ा गया
รูปภาพถูกละไว้ | ไม่รวมรูปภาพ | วิดีโอถูกละไว้ | ไม่รวมวิดีโอ | เสียงถูกละไว้ | สติกเกอร์ถูกละไว้ | เอกสารถูกละไว้
gambar tidak disertakan | gambar diabaikan | video tidak disertakan | video diabaikan | audio tidak disertakan | audio diabaikan | GIF tidak disertakan | stiker tidak disertakan | stiker diabaikan | dokumen tidak disertakan | dokumen diabaikan | kartu kontak tidak disertakan
imej ditinggalkan | imej tidak disertakan | video ditinggalkan | audio ditinggalkan | GIF ditinggalkan | pelekat ditinggalkan | dokumen ditinggalkan
bỏ qua hình ảnh | đã bỏ qua hình ảnh | bỏ qua video | đã bỏ qua video | bỏ qua âm thanh | đã bỏ qua âm thanh | bỏ qua GIF | đã bỏ qua GIF | bỏ qua nhãn dán | đã bỏ qua nhãn dán | bỏ qua tài liệu | đã bỏ qua tài liệu
imatge omesa | vídeo omès | àudio omès | GIF omès | adhesiu omès | document omès
画像は省略されました | 画像を省略しました | 動画は省略されました | ビデオは省略されました | 音声は省略されました | オーディオは省略されました | GIFは省略されました | スタンプは省略されました | ドキュメントは省略されました | 連絡先カードは省略されました | 画像が除外されました | 動画が除外されました
忽略图片 | 图像已忽略 | 图片已省略 | 忽略视频 | 视频已忽略 | 忽略音频 | 音频已忽略 | 忽略 GIF | 忽略动态图 | 忽略表情包 | 忽略贴图 | 忽略文档 | 文档已忽略 | 忽略联系人名片 | 忽略圖片 | 圖片已略去 | 已略去圖片 | 影片已略去 | 音訊已略去 | GIF 已略去 | 貼圖已略去 | 文件已略去 | 忽略影片 | 忽略音訊 | 忽略貼圖 | 忽略文件
사진 생략됨 | 이미지 생략됨 | 이미지가 생략됨 | 동영상 생략됨 | 비디오 생략됨 | 오디오 생략됨 | 음성 생략됨 | GIF 생략됨 | 스티커 생략됨 | 문서 생략됨 | 연락처 카드 생략됨
"""),
)
"""The whole of a line on an iPhone; a document's name may stand before it."""

DELETED = table("""
This message was deleted | You deleted this message | This message was deleted by admin | This message was deleted by group admin
Diese Nachricht wurde gelöscht | Du hast diese Nachricht gelöscht | Sie haben diese Nachricht gelöscht
Se eliminó este mensaje | Eliminaste este mensaje | Este mensaje fue eliminado | Este mensaje ha sido eliminado | Has eliminado este mensaje
Mensagem apagada | Esta mensagem foi apagada | Você apagou esta mensagem | Apagou esta mensagem | Apagaste esta mensagem | Esta mensagem foi eliminada | Eliminou esta mensagem | Essa mensagem foi apagada | Você apagou essa mensagem
Ce message a été supprimé | Vous avez supprimé ce message | Tu as supprimé ce message
Questo messaggio è stato eliminato | Hai eliminato questo messaggio
Dit bericht is verwijderd | Je hebt dit bericht verwijderd | U hebt dit bericht verwijderd | Dit bericht werd verwijderd
Detta meddelande togs bort | Det här meddelandet togs bort | Du raderade detta meddelande | Du tog bort detta meddelande | Detta meddelande raderades
Denne meldingen ble slettet | Du slettet denne meldingen | Denne meldinga ble slettet
Denne besked blev slettet | Du slettede denne besked
Tämä viesti poistettiin | Poistit tämän viestin | Viesti poistettu
Данное сообщение удалено | Это сообщение было удалено | Сообщение удалено | Вы удалили данное сообщение | Вы удалили это сообщение
Це повідомлення було видалено | Ви видалили це повідомлення | Це повідомлення видалено | Повідомлення видалено
Това съобщение е изтрито | Това съобщение бе изтрито | Изтрихте това съобщение | Изтрихте съобщението
Ta wiadomość została usunięta | Usunięto tę wiadomość | Wiadomość została usunięta | Usunąłeś tę wiadomość | Ta wiadomość została skasowana
Tato zpráva byla smazána | Tuto zprávu jste smazali | Smazali jste tuto zprávu | Tato zpráva byla odstraněna | Odstranili jste tuto zprávu
Táto správa bola vymazaná | Túto správu ste vymazali | Vymazali ste túto správu | Táto správa bola odstránená
Ezt az üzenetet törölték | Törölted ezt az üzenetet | Üzenet törölve | Ez az üzenet törölve lett
Acest mesaj a fost șters | Ați șters acest mesaj | Ai șters acest mesaj
Ova poruka je izbrisana | Izbrisali ste ovu poruku | Ova je poruka izbrisana | Ova poruka je obrisana | Obrisali ste ovu poruku
Порука је избрисана | Ова порука је избрисана | Избрисали сте ову поруку | To sporočilo je bilo izbrisano | Izbrisali ste to sporočilo
See sõnum kustutati | Kustutasid selle sõnumi | Šis ziņojums tika dzēsts | Jūs izdzēsāt šo ziņojumu | Ši žinutė buvo ištrinta | Ištrynėte šią žinutę
Αυτό το μήνυμα διαγράφηκε | Διαγράψατε αυτό το μήνυμα | Αυτό το μήνυμα διαγράφτηκε
Bu mesaj silindi | Bu mesajı sildiniz | Bu ileti silindi | Bu mesajı sildin
הודעה זו נמחקה | מחקת את ההודעה | מחקת הודעה זו | מחקת את ההודעה הזו | ההודעה נמחקה | הודעה זו נמחקה על ידי מנהל/ת הקבוצה
تم حذف هذه الرسالة | حذفت هذه الرسالة | لقد حذفت هذه الرسالة | أنت حذفت هذه الرسالة
این پیام حذف شد | این پیام حذف شده است | شما این پیام را حذف کردید | این پیام را حذف کردید
یہ پیغام حذف کر دیا گیا | یہ پیغام حذف کر دیا گیا تھا | آپ نے یہ پیغام حذف کر دیا
यह मैसेज डिलीट किया गया | यह मैसेज डिलीट कर दिया गया | यह मैसेज हटा दिया गया | आपने यह मैसेज डिलीट किया | आपने यह मैसेज हटाया | यह संदेश हटा दिया गया था | आपने यह संदेश हटा दिया
हा मेसेज हटवण्यात आला | हा संदेश हटवला गेला | এই মেসেজটি মুছে ফেলা হয়েছে | এই বার্তাটি মুছে ফেলা হয়েছে | আপনি এই মেসেজটি মুছে ফেলেছেন
આ મેસેજ ડિલીટ કરવામાં આવ્યો | இந்தச் செய்தி நீக்கப்பட்டது | இந்த செய்தி நீக்கப்பட்டது | నేను ఈ సందేశాన్ని తొలగించాను | ఈ సందేశం తొలగించబడింది | ಈ ಸಂದೇಶವನ್ನು ಅಳಿಸಲಾಗಿದೆ | ഈ സന്ദേശം ഇല്ലാതാക്കി
ข้อความนี้ถูกลบแล้ว | ข้อความนี้ถูกลบ | คุณลบข้อความนี้แล้ว | คุณลบข้อความนี้
Pesan ini telah dihapus | Pesan ini dihapus | Anda telah menghapus pesan ini | Anda menghapus pesan ini
Mesej ini telah dipadam | Mesej ini dipadamkan | Anda telah memadam mesej ini | Anda memadamkan mesej ini
Tin nhắn này đã bị xóa | Tin nhắn này đã bị xoá | Bạn đã xóa tin nhắn này | Bạn đã xoá tin nhắn này
Na-delete ang mensaheng ito | Ujumbe huu ulifutwa | Hierdie boodskap is geskrap | Ky mesazh u fshi | Aquest missatge s'ha suprimit | Has suprimit aquest missatge | S'ha suprimit aquest missatge | Esta mensaxe foi eliminada | Mezu hau ezabatu da
このメッセージは削除されました | メッセージを削除しました | あなたはこのメッセージを削除しました | このメッセージを削除しました
此消息已删除 | 此消息已被删除 | 您删除了此消息 | 你删除了这条消息 | 您已删除此消息 | 消息已删除 | 此訊息已刪除 | 這則訊息已刪除 | 您已刪除此訊息 | 您刪除了此訊息 | 你已刪除此訊息 | 已刪除此訊息
삭제된 메시지입니다 | 이 메시지가 삭제되었습니다 | 메시지를 삭제했습니다 | 이 메시지는 삭제되었습니다 | 이 메시지를 삭제했습니다
""")

EDITED = table("""
<This message was edited> | <You edited this message>
<Diese Nachricht wurde bearbeitet.> | <Diese Nachricht wurde bearbeitet>
<Se editó este mensaje.> | <Este mensaje fue editado> | <Este mensaje se editó>
<Mensagem editada> | <Esta mensagem foi editada> | <Essa mensagem foi editada>
<Ce message a été modifié> | <Ce message a été édité>
<Questo messaggio è stato modificato>
<Dit bericht is bewerkt> | <Dit bericht werd bewerkt>
<Detta meddelande redigerades> | <Det här meddelandet redigerades> | <Detta meddelande har redigerats>
<Denne meldingen ble redigert> | <Denne meldingen er redigert> | <Denne besked blev redigeret> | <Beskeden blev redigeret>
<Tätä viestiä muokattiin> | <Viestiä muokattu> | <Tätä viestiä on muokattu>
<Сообщение изменено> | <Это сообщение было изменено> | <Данное сообщение изменено> | <Сообщение отредактировано>
<Це повідомлення було змінено> | <Повідомлення змінено> | <Це повідомлення відредаговано> | <Съобщението е редактирано> | <Това съобщение е редактирано>
<Ta wiadomość została edytowana> | <Wiadomość została edytowana> | <Tato zpráva byla upravena> | <Táto správa bola upravená>
<Ezt az üzenetet szerkesztették> | <Üzenet szerkesztve> | <Acest mesaj a fost editat> | <Ova poruka je uređena> | <Ova je poruka uređena> | <To sporočilo je bilo urejeno>
<Αυτό το μήνυμα υποβλήθηκε σε επεξεργασία> | <Επεξεργασμένο μήνυμα> | <Bu mesaj düzenlendi> | <Mesaj düzenlendi>
<הודעה זו נערכה> | <ההודעה נערכה> | <تم تعديل هذه الرسالة> | <تم تحرير هذه الرسالة> | <این پیام ویرایش شد> | <این پیام ویرایش شده است> | <اس پیغام میں ترمیم کی گئی>
<यह मैसेज एडिट किया गया> | <यह मैसेज एडिट किया गया था> | <यह मैसेज बदला गया> | <এই মেসেজটি এডিট করা হয়েছে> | <இந்த மெசேஜ் திருத்தப்பட்டது>
<ข้อความนี้ถูกแก้ไขแล้ว> | <ข้อความนี้ได้รับการแก้ไขแล้ว> | <Pesan ini diedit> | <Pesan ini telah diedit> | <Mesej ini telah diedit> | <Mesej ini diedit> | <Tin nhắn này đã được chỉnh sửa> | <Tin nhắn đã chỉnh sửa>
<このメッセージは編集されました> | <编辑了此消息> | <此消息已编辑> | <消息已编辑> | <此訊息已編輯> | <此訊息已被編輯> | <已編輯此訊息> | <이 메시지가 수정되었습니다> | <이 메시지는 수정되었습니다> | <메시지가 편집되었습니다>
<S'ha editat aquest missatge> | <Aquest missatge s'ha editat> | <Hierdie boodskap is geredigeer> | <See sõnum muudeti> | <Šis ziņojums tika rediģēts> | <Ši žinutė buvo redaguota>
""")

ATTACHED = table("""
file attached | attached | attached file | Datei angehängt | angehängt | Anhang | archivo adjunto | adjunto | arquivo anexado | anexado | anexo | ficheiro anexado | ficheiro em anexo | fichier joint | pièce jointe | file allegato | allegato
bestand bijgevoegd | bijgevoegd | bijlage | bifogad fil | bifogad | fil vedlagt | vedlagt | vedlegg | fil vedhæftet | vedhæftet | vedhæftet fil | tiedosto liitetty | tiedosto liitteenä | liite | liitteenä
файл добавлен | файл прикреплен | файл прикреплён | прикреплено | вложение | файл додано | файл долучено | прикріплено | вкладено | прикачен файл | прикачено | приложен файл | załączono plik | plik załączono | plik załączony | załącznik | załączono
soubor byl přiložen | přiložený soubor | přiloženo | příloha | priložený súbor | súbor bol priložený | priložené | príloha | csatolt fájl | fájl csatolva | csatolva | csatolmány | fișier atașat | atașat | datoteka priložena | priložena datoteka | privitak | priloženo
επισυναπτόμενο αρχείο | συνημμένο αρχείο | επισυνάφθηκε | συνημμένο | dosya ekli | dosya eklendi | ekli dosya | eklendi | ek | fayl əlavə edilib | קובץ מצורף | מצורף | צורף | קובץ צורף | الملف مرفق | ملف مرفق | تم إرفاق ملف | مرفق | المرفق | پرونده پیوست شد | پیوست شد | پیوست | فایل پیوست شد | فائل منسلک ہے | منسلک
फ़ाइल संलग्न है | फ़ाइल अटैच की गई | फाइल संलग्न है | संलग्न | अटैच की गई | ফাইল সংযুক্ত করা হয়েছে | ফাইল সংযুক্ত | கோப்பு இணைக்கப்பட்டது | ఫైల్ జోడించబడింది | ไฟล์ที่แนบมา | แนบไฟล์แล้ว | แนบไฟล์ | file terlampir | berkas terlampir | terlampir | fail dilampirkan | dilampirkan | lampiran | tệp đính kèm | đính kèm | file đính kèm | đã đính kèm | fitxer adjunt | adjunt | lêer aangeheg | fail lisatud | fails pievienots | pridėtas failas
添付ファイル | ファイル添付 | ファイル添付済み | 添付 | 添付済み | 文件附件 | 附件 | 檔案已附加 | 附加檔案 | 附加檔 | 已附加檔案 | 已附上 | 파일 첨부됨 | 첨부파일 | 파일 첨부 | 첨부 | 첨부됨 | 첨부 파일
""")
"""In the parenthesis after a file's name, or before the colon inside angle brackets."""

POLL = table("""
POLL | UMFRAGE | ENCUESTA | ENQUETE | SONDAGEM | VOTAÇÃO | SONDAGE | SONDAGGIO | PEILING | POLL | OMRÖSTNING | AVSTEMNING | MENINGSMÅLING | AFSTEMNING | KYSELY | ÄÄNESTYS | ОПРОС | ОПИТУВАННЯ | АНКЕТА | ANKIETA | ANKETA | HLASOVÁNÍ | HLASOVANIE | SZAVAZÁS | SONDAJ | ΔΗΜΟΣΚΟΠΗΣΗ | ΨΗΦΟΦΟΡΙΑ | ANKET | סקר | استطلاع | استطلاع رأي | تصويت | نظرسنجی | पोल | মতামত | โพล | POLLING | JAJAK PENDAPAT | UNDIAN | TINJAUAN | CUỘC THĂM DÒ Ý KIẾN | BÌNH CHỌN | ENQUESTA | アンケート | 投票 | 설문조사 | 투표
""")

OPTION = table("""
OPTION | OPCIÓN | OPÇÃO | OPZIONE | OPTIE | ALTERNATIV | VALGMULIGHED | SVARMULIGHED | MULIGHED | VAIHTOEHTO | ВАРИАНТ | ВАРІАНТ | ОПЦИЯ | OPCJA | MOŽNOST | MOŽNOSŤ | LEHETŐSÉG | OPȚIUNE | OPCIJA | ΕΠΙΛΟΓΗ | SEÇENEK | אפשרות | خيار | الخيار | گزینه | विकल्प | ตัวเลือก | OPSI | PILIHAN | LỰA CHỌN | OPCIÓ | オプション | 選択肢 | 选项 | 選項 | 옵션 | 선택지
""")

LIVE_LOCATION = table("""
live location shared | Live location shared | Live-Standort wird geteilt | Live-Standort geteilt | Ubicación en tiempo real compartida | ubicación en tiempo real compartida | Localização em tempo real compartilhada | localização em tempo real compartilhada | Localização em tempo real partilhada | localisation en direct partagée | position en direct partagée | Localisation en direct partagée | posizione in tempo reale condivisa | posizione attuale condivisa | Posizione in tempo reale condivisa | live locatie gedeeld | Livelocatie gedeeld | live-plats delad | Aktuell plats delad | Direkteposisjon delt | Livelokation delt | Reaaliaikainen sijainti jaettu | Живое местоположение отправлено | Геоданные переданы | udostępniono bieżącą lokalizację | Aktuální poloha sdílena | Canlı konum paylaşıldı | canlı konum paylaşıldı | תמשיכו לשתף מיקום | המיקום הנוכחי שותף | تمت مشاركة الموقع المباشر | تمت مشاركة الموقع الحالي | लाइव लोकेशन शेयर की गई | lokasi terkini dibagikan | lokasi langsung dikongsi | đã chia sẻ vị trí trực tiếp | ライブロケーションを共有しました | 实时位置已共享 | 已共享实时位置 | 已分享即時位置 | 실시간 위치 공유됨
""")

LOCATION = table("""
Location | location | Standort | Ubicación | ubicación | Localização | localização | Localisation | localisation | Position | position | Posizione | posizione | Locatie | locatie | Plats | plats | Posisjon | posisjon | Placering | placering | Lokation | lokation | Sijainti | sijainti | Местоположение | местоположение | Геопозиция | Місцезнаходження | місцезнаходження | Местоположение | Lokalizacja | lokalizacja | Poloha | poloha | Hely | hely | Helyzet | Locație | locație | Lokacija | lokacija | Τοποθεσία | τοποθεσία | Konum | konum | מיקום | الموقع | موقع | مکان | موقعیت مکانی | स्थान | लोकेशन | ตำแหน่ง | ที่ตั้ง | Lokasi | lokasi | Vị trí | vị trí | Ubicació | 位置情報 | 位置 | 위치
""")

CALL = table("""
Missed voice call | Missed video call | Missed group voice call | Missed group video call | Voice call | Video call | Group call | Group voice call | Group video call | Silenced voice call | Silenced video call
Verpasster Sprachanruf | Verpasster Videoanruf | Verpasster Gruppenanruf | Verpasster Gruppen-Sprachanruf | Verpasster Gruppen-Videoanruf | Sprachanruf | Videoanruf | Gruppenanruf
Llamada perdida | Videollamada perdida | Llamada de voz perdida | Llamada de voz | Videollamada | Llamada grupal perdida | Videollamada grupal perdida | Llamada grupal
Chamada de voz perdida | Chamada de vídeo perdida | Ligação de voz perdida | Ligação de vídeo perdida | Chamada perdida | Ligação perdida | Chamada de voz | Chamada de vídeo | Ligação de voz | Ligação de vídeo | Ligação em grupo perdida | Videochamada perdida
Appel vocal manqué | Appel vidéo manqué | Appel vocal | Appel vidéo | Appel de groupe manqué | Appel vocal de groupe manqué | Appel vidéo de groupe manqué
Chiamata vocale persa | Videochiamata persa | Chiamata persa | Chiamata vocale | Videochiamata | Chiamata di gruppo persa
Gemiste spraakoproep | Gemiste video-oproep | Gemiste oproep | Spraakoproep | Video-oproep | Gemiste groepsoproep
Missat röstsamtal | Missat videosamtal | Röstsamtal | Videosamtal | Tapt taleanrop | Tapt videoanrop | Taleanrop | Videoanrop | Ubesvart taleanrop | Ubesvart taleopkald | Ubesvaret taleopkald | Ubesvaret videoopkald | Taleopkald | Videoopkald | Mistet taleopkald
Vastaamaton äänipuhelu | Vastaamaton videopuhelu | Äänipuhelu | Videopuhelu
Пропущенный аудиозвонок | Пропущенный видеозвонок | Аудиозвонок | Видеозвонок | Пропущенный групповой звонок | Пропущений аудіодзвінок | Пропущений відеодзвінок | Пропущений голосовий виклик | Пропущений відеовиклик | Аудіодзвінок | Відеодзвінок | Пропуснато гласово обаждане | Пропуснато видеообаждане | Гласово обаждане | Видеообаждане
Nieodebrane połączenie głosowe | Nieodebrane połączenie wideo | Nieodebrane połączenie audio | Połączenie głosowe | Połączenie wideo | Zmeškaný hovor | Zmeškaný hlasový hovor | Zmeškaný videohovor | Hlasový hovor | Videohovor | Nem fogadott hanghívás | Nem fogadott videóhívás | Hanghívás | Videóhívás | Apel vocal pierdut | Apel video pierdut | Apel vocal nepreluat | Apel vocal | Apel video | Propušten glasovni poziv | Propušten videopoziv | Propušteni glasovni poziv | Glasovni poziv | Videopoziv
Αναπάντητη φωνητική κλήση | Αναπάντητη βιντεοκλήση | Φωνητική κλήση | Βιντεοκλήση | Cevapsız sesli arama | Cevapsız görüntülü arama | Sesli arama | Görüntülü arama
שיחה קולית שלא נענתה | שיחת וידאו שלא נענתה | שיחה שלא נענתה | שיחה קולית | שיחת וידאו | مكالمة صوتية فائتة | مكالمة فيديو فائتة | مكالمة صوتية | مكالمة فيديو | مكالمة فائتة | تماس صوتی ازدست‌رفته | تماس تصویری ازدست‌رفته | تماس صوتی | تماس تصویری
मिस्ड वॉइस कॉल | मिस्ड वीडियो कॉल | वॉइस कॉल | वीडियो कॉल | छूटी हुई वॉइस कॉल | मिस हुई वॉइस कॉल | मिस हुई वीडियो कॉल | สายโทรเข้าที่ไม่ได้รับ | ไม่ได้รับสายโทรด้วยเสียง | ไม่ได้รับสายวิดีโอคอล | การโทรด้วยเสียง | วิดีโอคอล
Panggilan suara tak terjawab | Panggilan video tak terjawab | Panggilan suara | Panggilan video | Panggilan suara terlepas | Panggilan video terlepas | Cuộc gọi thoại nhỡ | Cuộc gọi video nhỡ | Cuộc gọi thoại | Cuộc gọi video | Trucada de veu perduda | Videotrucada perduda | Trucada de veu | Videotrucada
不在着信 | 音声通話 | ビデオ通話 | 音声通話の不在着信 | ビデオ通話の不在着信 | 不在着信（音声通話） | 未接语音通话 | 未接视频通话 | 语音通话 | 视频通话 | 未接來電 | 未接語音通話 | 未接視訊通話 | 語音通話 | 視訊通話 | 부재중 음성통화 | 부재중 영상통화 | 부재중 전화 | 음성통화 | 영상통화
""")

FOLDED_OMITTED = frozenset(fold(p) for p in MEDIA_OMITTED) | frozenset(fold(p).strip("<>") for p in MEDIA_OMITTED)
FOLDED_THINGS = frozenset(map(fold, OMITTED_THINGS))
FOLDED_DELETED = frozenset(map(fold, DELETED))
FOLDED_EDITED = frozenset(fold(p.strip("<>")) for p in EDITED)
FOLDED_ATTACHED = frozenset(map(fold, ATTACHED))
FOLDED_POLL = frozenset(map(fold, POLL))
FOLDED_OPTION = frozenset(map(fold, OPTION))
FOLDED_LOCATION = frozenset(map(fold, LOCATION))
FOLDED_LIVE = frozenset(map(fold, LIVE_LOCATION))
FOLDED_CALL: dict[str, tuple[str, ...]] = {}
"""By their first three letters."""
for _folded in map(fold, CALL):
    FOLDED_CALL[_folded[:3]] = (*FOLDED_CALL.get(_folded[:3], ()), _folded)
